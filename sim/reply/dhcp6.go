package reply

import (
	"encoding/binary"

	"ovnsim/pipeline/action"
	"ovnsim/sim/packet"
)

// DHCPv6 message types and option codes (RFC 8415; 39 is RFC 4704, 59 RFC 5970). 254 is the controller's own.
const (
	dhcp6Solicit   = 1
	dhcp6Advertise = 2
	dhcp6Request   = 3
	dhcp6Confirm   = 4
	dhcp6Reply     = 7
	dhcp6Release   = 8
	dhcp6Decline   = 9
	dhcp6Inform    = 11

	opt6ClientID  = 1
	opt6ServerID  = 2
	opt6IANA      = 3
	opt6IAAddr    = 5
	opt6Status    = 13
	opt6UserClass = 15
	opt6DNS       = 23
	opt6Search    = 24
	opt6FQDN      = 39
	opt6Boot      = 59
	opt6BootAlt   = 254
)

// dhcp6Message is what counts of a client's message.
type dhcp6Message struct {
	kind     byte
	clientID []byte // the option, its header included
	iaid     uint32 // of its identity association; 0 for none
	ipxe     bool   // the client is a boot loader that reads boot files itself
	fqdn     byte   // flags of the client's name
	named    bool   // the client has told its name
}

// DHCPv6 is the answer to a DHCPv6 request, still between the ends of the request (put_dhcpv6_opts). Leases never end.
func DHCPv6(p *packet.Packet, opts []action.Option) ([]byte, string) {
	q, ip := current(p)
	if !q.Is6() || q.Proto() != packet.ProtoUDP || !q.HasL4() || len(q.Payload()) < 4 {
		return nil, "not a DHCPv6 message"
	}
	if len(opts) == 0 {
		return nil, "there is nothing to tell"
	}
	payload := datagram(q)
	if len(payload) < 4 {
		return nil, "not a DHCPv6 message"
	}
	in := readDHCP6(payload)
	kind := byte(dhcp6Reply)
	switch in.kind {
	case dhcp6Solicit:
		kind = dhcp6Advertise
	case dhcp6Request, dhcp6Confirm, dhcp6Decline, dhcp6Release, dhcp6Inform:
	default:
		return nil, "a DHCPv6 message that has no answer"
	}
	switch {
	case in.clientID == nil:
		return nil, "the DHCPv6 client does not say who it is"
	case in.iaid == 0 && in.kind != dhcp6Inform:
		return nil, "the DHCPv6 client asks for no address"
	}
	b := append([]byte{kind}, payload[1:4]...)
	b = append(b, in.clientID...)
	if in.kind == dhcp6Release {
		b = appendReleased(b, opts)
	} else {
		for _, o := range opts {
			b = appendDHCP6(b, o, in)
		}
	}
	return withPayload(q, ip, endsOf(q, false), b), ""
}

// datagram is what a UDP datagram carries by its own length, which may be less than the IP packet's.
func datagram(q *packet.Packet) []byte {
	n := int(binary.BigEndian.Uint16(q.Segment()[4:])) - 8
	b := q.Payload()
	return b[:max(0, min(n, len(b)))]
}

func readDHCP6(b []byte) dhcp6Message {
	m := dhcp6Message{kind: b[0]}
	for b = b[4:]; len(b) >= 4; {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			break
		}
		value := b[4:n]
		switch binary.BigEndian.Uint16(b) {
		case opt6IANA:
			if len(value) >= 12 {
				m.iaid = binary.BigEndian.Uint32(value)
			}
		case opt6ClientID:
			m.clientID = b[:n]
		case opt6UserClass:
			m.ipxe = m.ipxe || len(value) >= 6 && string(value[2:6]) == "iPXE"
		case opt6FQDN:
			if len(value) >= 1 {
				m.fqdn, m.named = value[0], value[0] != 0xff
			}
		}
		b = b[n:]
	}
	return m
}

// header6 appends the code and the length of an option.
func header6(b []byte, code, length int) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(code)), uint16(length))
}

// appendDHCP6 appends what the client gets of an option.
func appendDHCP6(b []byte, o action.Option, in dhcp6Message) []byte {
	const forever = 0xffffffff
	info, _ := action.LookupOption(action.DHCPv6Options, o.Name)
	c := o.Value.Items[0]
	switch info.Code {
	case opt6ServerID:
		return appendServerID(b, mac(c))
	case opt6IAAddr:
		if in.iaid == 0 {
			return b
		}
		b = binary.BigEndian.AppendUint32(header6(b, opt6IANA, 12+28), in.iaid)
		b = binary.BigEndian.AppendUint64(b, forever<<32|forever)
		a := addr6(c)
		b = append(header6(b, opt6IAAddr, 24), a[:]...)
		return binary.BigEndian.AppendUint64(b, forever<<32|forever)
	case opt6DNS:
		b = header6(b, opt6DNS, 16*len(o.Value.Items))
		for _, c := range o.Value.Items {
			a := addr6(c)
			b = append(b, a[:]...)
		}
	case opt6Search: // one label, whatever dots it has: so does OVN
		b = append(header6(b, opt6Search, len(c.Text)+2), byte(len(c.Text)))
		b = append(append(b, c.Text...), 0)
	case opt6Boot, opt6BootAlt:
		if in.ipxe == (info.Code == opt6Boot) {
			b = append(header6(b, opt6Boot, len(c.Text)), c.Text...)
		}
	case opt6FQDN:
		if in.named {
			b = appendFQDN(b, c.Text, in.fqdn)
		}
	}
	return b
}

// appendServerID appends the server's identifier: its MAC (a DUID-LL, RFC 8415, 11.4).
func appendServerID(b []byte, m [6]byte) []byte {
	return append(append(header6(b, opt6ServerID, 10), 0, 3, 0, 1), m[:]...)
}

// appendFQDN appends the client's name: the server does no updates of DNS, and says so to who wanted it to (RFC 4704).
func appendFQDN(b []byte, name string, asked byte) []byte {
	const server, overridden, none = 1, 2, 4
	flags := byte(none)
	if asked&server != 0 {
		flags |= overridden
	}
	encoded := labels(name)
	return append(append(header6(b, opt6FQDN, len(encoded)+1), flags), encoded...)
}

// appendReleased appends the answer to a client that gives its address back: the server's identifier and success.
func appendReleased(b []byte, opts []action.Option) []byte {
	for _, o := range opts {
		if o.Name == "server_id" {
			b = appendServerID(b, mac(o.Value.Items[0]))
			break
		}
	}
	return append(header6(b, opt6Status, 2), 0, 0)
}
