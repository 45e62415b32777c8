package northd

import (
	"strings"
)

// quote writes a port name as matches and actions do.
func quote(name string) string {
	if !strings.ContainsAny(name, `\"`) {
		return `"` + name + `"`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// Registers of logical switches. Bits of reg0 and reg8 stay for the whole pipeline unless a comment says otherwise.
const (
	regDefrag           = "reg0[0]" // send the packet through conntrack, to learn its state
	regCommit           = "reg0[1]" // commit its connection in the stateful stage
	regCTNAT            = "reg0[2]" // send it through conntrack and NAT, for load balancing
	regDHCPReply        = "reg0[3]" // put_dhcp_opts made a reply of it
	regDNSReply         = "reg0[4]" // dns_lookup made a reply of it
	regHairpin          = "reg0[6]"
	regHintNew          = "reg0[7]"  // may match an allow ACL and open a connection
	regHintKnown        = "reg0[8]"  // may match an allow ACL for a connection that exists
	regHintDrop         = "reg0[9]"  // may match a drop ACL
	regHintBlock        = "reg0[10]" // may match a drop ACL that ends an allowed connection
	regKnownMAC         = "reg0[11]" // lookup_fdb knows the port of the source
	regHairpinReply     = "reg0[12]"
	regACLLabel         = "reg0[13]" // commit the label and the sampling of an ACL, too
	regFromVTEP         = "reg0[14]"
	regPortSecDrop      = "reg0[15]"
	regStateless        = "reg0[16]" // an allow-stateless ACL matched
	regACLReply         = "reg0[17]" // belongs to a connection that was allowed
	regFromRouterPort   = "reg0[18]"
	regFragment         = "reg0[19]"
	regPersist          = "reg0[20]" // the connection stays allowed whatever the ACLs become
	regPersisted        = "reg0[21]" // belongs to such a connection
	regExternalARP      = "reg0[22]" // an ARP request from a physical network; until apply_port_sec only
	regNetworkFunction  = "reg0[22..29]"
	regACLID            = "reg2[16..31]" // of an ACL with persist-established
	regSamplePoint      = "reg3"         // observation point of a new connection
	regSamplePointEst   = "reg9"         // and of the connection once it is established
	regTunnel           = "reg5[16..31]" // where a packet came from that a network function has seen
	regSampleCollector  = "reg8[0..7]"
	regSampleCollectorE = "reg8[8..15]"
	regAllow            = "reg8[16]" // verdicts of the ACLs
	regDrop             = "reg8[17]"
	regReject           = "reg8[18]"
	regSampleStage      = "reg8[19..20]"
	regRedirect         = "reg8[21]" // goes through a network function
	regRedirectRequest  = "reg8[22]" // and is a request
	regRedirected       = "reg8[23]" // leaves by the port that the network function stage chose
	regTier             = "reg8[30..31]"
)

// Registers of logical routers.
const (
	regNexthop4         = "reg0"   // the next hop, or the final destination on a connected network
	regNexthop6         = "xxreg0" // likewise, IPv6
	regSource4          = "reg5"   // the address of the port that the packet leaves by
	regSource6          = "xxreg1" // likewise, IPv6
	regRouteTable       = "reg7"   // the route table that the port it came by asks for, 0 for the main one
	regECMPGroup        = "reg8[0..15]"
	regECMPMember       = "reg8[16..31]"
	regCTState          = "reg4[0..7]" // the packet's connection state, kept for the stages that have no conntrack
	regRAReply          = "reg0[5]"    // put_nd_ra_opts made a router advertisement of the packet
	regEgressLoopback   = "reg9[0]"
	regPktLarger        = "reg9[1]" // the packet is larger than the port's gateway_mtu
	regLookupNeighbor   = "reg9[2]"
	regLookupNeighborIP = "reg9[3]"
	regDstNATIPLocal    = "reg9[4]"
	regDHCPRelayReq     = "reg9[7]"
	regDHCPRelayResp    = "reg9[8]"
	regNexthopIs4       = "reg9[9]"
	regECMPSymmetric    = "reg9[10]"     // the route wants replies to go back the way the requests came
	regPolicyChain      = "reg9[16..31]" // the chain of policies that the packet is in, 0 for none
	regInportMAC        = "xreg0[0..47]" // the MAC address of the port that the packet came in by
)

// Registers of load balancing, the same on switches and routers.
const (
	regVIP4       = "reg4"         // the VIP that the packet asked for
	regVIP6       = "xxreg1"       // likewise, IPv6
	regVIPPort    = "reg2[0..15]"  // its port
	regCTProto    = "reg1[16..23]" // protocol of the connection, for fragments that do not tell it
	regCTPort     = "reg1[0..15]"  // destination port of the connection
	regStickyLB   = "reg9[6]"      // the client sticks to a backend (affinity)
	regIsFragment = "reg0[19]"     // the packet came in as a fragment, on switches
)
