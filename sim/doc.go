// Package sim runs packets through logical flows: the engine, what a chassis keeps beside it, machines on ports, virtual time.
package sim
