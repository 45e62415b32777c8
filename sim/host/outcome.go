package host

import "errors"

// Stop says how far a request came: a closed list.
type Stop uint8

// From nothing to everything.
const (
	Unfinished  Stop = iota // still under way
	NoRoute                 // the machine has no route: nothing was sent
	NoNeighbour             // nobody answered ARP, or neighbour discovery, for the next hop
	NoAnswer                // the first packet was sent, and nothing came back
	Refused                 // the other end says that nothing listens: a RST, or port unreachable
	Unreachable             // an ICMP error says that there is no way
	Broken                  // the connection stood, and was reset
	NoReply                 // the connection stood, and the answer did not come in time
	EmptyReply              // the connection was closed without an answer
	Answered                // all went well
	BadRequest              // what was asked for makes no sense
)

var stopNames = [...]string{"under way", "no route", "no neighbour", "no answer", "refused", "unreachable", "reset", "no reply", "empty reply",
	"answered", "bad request"}

// String is a short name.
func (s Stop) String() string { return stopNames[s] }

// Left tells whether any packet of the request left the machine.
func (s Stop) Left() bool {
	return s != NoRoute && s != NoNeighbour && s != BadRequest && s != Unfinished
}

// exits is what curl returns (curl(1), EXIT CODES) when a request stops there by itself. A timeout is always 28.
var exits = [...]int{NoRoute: 7, NoNeighbour: 7, NoAnswer: 28, Refused: 7, Unreachable: 7, Broken: 56, NoReply: 28, EmptyReply: 52, Answered: 0, BadRequest: 3}

var errNoRoute = errors.New("no route to host")
