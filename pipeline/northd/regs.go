package northd

import (
	"fmt"
	"strings"
)

// text is the type of formats: an untyped constant becomes one by itself, a string made at run time does not, so that
// every match and action that OVN knows is written out somewhere in this package.
type text string

// F fills in a match or an action. Registers go into the format by name, as constants of this file:
// F(regDefrag+" == 1 && inport == %s", port.Key).
func F(format text, args ...any) string {
	if len(args) == 0 {
		return string(format)
	}
	return fmt.Sprintf(string(format), args...)
}

// quote writes a port name as matches and actions do.
func quote(name string) string {
	if !strings.ContainsAny(name, `\"`) {
		return `"` + name + `"`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// Registers of logical switches. Bits of reg0 and reg8 stay for the whole pipeline unless a comment says otherwise.
const (
	regDefrag         = "reg0[0]" // send the packet through conntrack, to learn its state
	regCommit         = "reg0[1]" // commit its connection in the stateful stage
	regCTNAT          = "reg0[2]" // send it through conntrack and NAT, for load balancing
	regHairpin        = "reg0[6]"
	regHairpinReply   = "reg0[12]"
	regPortSecDrop    = "reg0[15]"
	regStateless      = "reg0[16]" // an allow-stateless ACL matched
	regFromRouterPort = "reg0[18]"
)

// Registers of logical routers.
const (
	regEgressLoopback   = "reg9[0]"
	regLookupNeighbor   = "reg9[2]"
	regLookupNeighborIP = "reg9[3]"
	regDstNATIPLocal    = "reg9[4]"
	regInportMAC        = "xreg0[0..47]" // the MAC address of the port that the packet came in by
)
