package reply

import (
	"bytes"
	"net/netip"

	"ovnsim/sim/packet"
)

// RelayRequest is a client's DHCP request as a relay agent hands it on, still between its own ends (dhcp_relay_req_chk).
func RelayRequest(p *packet.Packet, relay netip.Addr) ([]byte, string) {
	q, ip := current(p)
	if !q.Is4() || q.Proto() != packet.ProtoUDP || !q.HasL4() {
		return nil, "not a UDP datagram of IPv4"
	}
	in, why := readDHCP(q.Payload(), bootRequest)
	switch {
	case why != "":
		return nil, why
	case [4]byte(in.header[dhcpGIAddr:]) != [4]byte{}:
		return nil, "another agent relayed the request already"
	}
	b := bytes.Clone(q.Payload())
	b[dhcpHops]++
	giaddr := relay.As4()
	copy(b[dhcpGIAddr:], giaddr[:])
	return relayed(q, ip, endsOf(q, false), b), ""
}

// RelayResponse is a server's DHCP answer addressed to its client (dhcp_relay_resp_chk). Answers through another agent, from
// another server, or with an address of another subnet are not handed on.
func RelayResponse(p *packet.Packet, relay, server netip.Addr) ([]byte, string) {
	q, ip := current(p)
	if !q.Is4() || q.Proto() != packet.ProtoUDP || !q.HasL4() {
		return nil, "not a UDP datagram of IPv4"
	}
	in, why := readDHCP(q.Payload(), bootReply)
	if why != "" {
		return nil, why
	}
	giaddr, yiaddr := [4]byte(in.header[dhcpGIAddr:]), [4]byte(in.header[dhcpYIAddr:])
	switch {
	case giaddr != relay.As4():
		return nil, "the answer is another agent's"
	case in.server == nil:
		return nil, "the answer does not say which server it is from"
	case [4]byte(in.server) != server.As4():
		return nil, "the answer is another server's"
	case (in.kind == dhcpOffer || in.kind == dhcpACK) && !sameSubnet(yiaddr, giaddr, in.netmask):
		return nil, "the address given is not of the agent's subnet"
	}
	e := endsOf(q, false)
	e.to = packet.MAC(in.header[dhcpCHAddr : dhcpCHAddr+6])
	e.dst = clientAddr(in.header, yiaddr)
	return relayed(q, ip, e, q.Payload()), ""
}

// relayed keeps a datagram without checksum so.
func relayed(q *packet.Packet, ip []byte, e ends, payload []byte) []byte {
	frame := withPayload(q, ip, e, payload)
	if seg := q.Segment(); seg[6] == 0 && seg[7] == 0 {
		return withoutSum(frame, payload)
	}
	return frame
}

// sameSubnet compares under a mask; without one all addresses are of one subnet.
func sameSubnet(a, b [4]byte, mask []byte) bool {
	for i := range mask {
		if (a[i]^b[i])&mask[i] != 0 {
			return false
		}
	}
	return true
}
