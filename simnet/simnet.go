// Package simnet lets a Go program's own clients and servers talk through a simulated network: machines of a lab have Dial
// and Listen, with net.Conn and net.Listener behind them.
//
//	n := simnet.New(play)
//	defer n.Close()
//	l, err := n.Machine("vm1").Listen("tcp", ":8000")
//	go http.Serve(l, handler)
//	client := http.Client{Transport: &http.Transport{DialContext: n.Machine("vm3").DialContext}}
//	answer, err := client.Get("http://172.16.255.62:8000/")
//
// The simulation itself has one thread and a clock of its own. A Network serialises access to it and drives its clock:
// packets arrive at once, and what waits longer (retransmissions, timeouts) takes as long as it would in reality.
package simnet

import (
	"sync"
	"time"

	"ovnsim/lab"
)

// Network is a lab that runs in real time.
type Network struct {
	mu      sync.Mutex
	play    *lab.Play
	began   time.Time     // when the play's clock stood at origin
	origin  time.Duration // of the play's clock
	speed   float64
	changed chan struct{} // closed, and made anew, whenever something has changed
	wake    chan struct{} // tells the driver that there may be an earlier timer
	done    chan struct{} // closed by Close
	closed  bool
}

// Options tells New what has a default.
type Options struct {
	Speed float64 // how many virtual seconds pass in a real one; 0 for one
}

// New takes over a play, which must not be used any other way until Close. Start it with lab.Lab's Start.
func New(p *lab.Play, options ...Options) *Network {
	n := &Network{play: p, began: time.Now(), origin: p.Sim.Now(), speed: 1, changed: make(chan struct{}), wake: make(chan struct{}, 1), done: make(chan struct{})}
	for _, o := range options {
		if o.Speed > 0 {
			n.speed = o.Speed
		}
	}
	go n.drive()
	return n
}

// Close ends the network: everything that waits in it fails.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.closed = true
		close(n.done)
	}
}

// Do runs something with the lab itself, such as a script, while nothing else happens in it.
func (n *Network) Do(f func(*lab.Play)) { n.do(func() { f(n.play) }) }

// do runs something while nothing else happens in the network, and all that follows from it at once.
func (n *Network) do(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.catchUp()
	f()
	n.catchUp()
	n.broadcast()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// inFlight is how far ahead an event may be that happens at once: what packets take on their way, and nothing that waits.
const inFlight = time.Millisecond

// catchUp lets the network do what is due.
func (n *Network) catchUp() {
	until := n.virtual(time.Now())
	n.play.Sim.Run(max(until, n.play.Sim.Now()))
	for {
		next, ok := n.play.Sim.Next()
		if !ok || next > n.play.Sim.Now()+inFlight {
			return
		}
		n.play.Sim.Step(next)
	}
}

// virtual is the play's time at a moment.
func (n *Network) virtual(at time.Time) time.Duration {
	return n.origin + time.Duration(float64(at.Sub(n.began))*n.speed)
}

// broadcast wakes everybody who waits; each looks for himself.
func (n *Network) broadcast() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// drive rings the timers that nobody else would.
func (n *Network) drive() {
	for {
		n.mu.Lock()
		n.catchUp()
		n.broadcast()
		next, ok := n.play.Sim.Next()
		pause := time.Hour
		if ok {
			pause = max(time.Duration(float64(next-n.virtual(time.Now()))/n.speed), time.Millisecond)
		}
		n.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-n.done:
			timer.Stop()
			return
		case <-n.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// await waits until something is so, a moment passes (the zero time is never), or the network ends or stop is closed. ready is
// asked while nothing else happens.
func (n *Network) await(stop <-chan struct{}, deadline func() time.Time, ready func() bool) error {
	for {
		n.mu.Lock()
		until := deadline()
		late := !until.IsZero() && !time.Now().Before(until)
		is, changed := ready(), n.changed
		n.mu.Unlock()
		switch {
		case late:
			return errDeadline
		case is:
			return nil
		}
		var timeout <-chan time.Time
		var timer *time.Timer
		if !until.IsZero() {
			timer = time.NewTimer(time.Until(until))
			timeout = timer.C
		}
		select {
		case <-changed:
		case <-timeout:
		case <-n.done:
			return errClosed
		case <-stop:
			return errStopped
		}
		if timer != nil {
			timer.Stop()
		}
	}
}
