package reply

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// Offsets in a DHCP message (RFC 2131), and what stands there.
const (
	dhcpOp     = 0
	dhcpHType  = 1
	dhcpHLen   = 2
	dhcpHops   = 3
	dhcpFlags  = 10
	dhcpCIAddr = 12
	dhcpYIAddr = 16
	dhcpSIAddr = 20
	dhcpGIAddr = 24
	dhcpCHAddr = 28
	dhcpHeader = 236

	bootRequest, bootReply = 1, 2
	broadcastFlag          = 0x80
)

var dhcpCookie = []byte{99, 130, 83, 99}

// DHCP message types (RFC 2132, 9.6).
const (
	dhcpDiscover = 1
	dhcpOffer    = 2
	dhcpRequest  = 3
	dhcpACK      = 5
	dhcpNAK      = 6
	dhcpInform   = 8
)

// Option codes that mean something to the controller. From 253 on they are its own.
const (
	optPad         = 0
	optNetmask     = 1
	optRequestedIP = 50
	optLeaseTime   = 51
	optType        = 53
	optServerID    = 54
	optT1, optT2   = 58, 59
	optBootfile    = 67
	optEtherboot   = 175
	optNextServer  = 253
	optBootfileAlt = 254
	optEnd         = 255
)

// dhcpMessage is a DHCP message as it came.
type dhcpMessage struct {
	header    []byte
	kind      byte
	requested [4]byte // the address asked for; that which the client has where it asks for none
	server    []byte  // of the options below nil where they are not there
	netmask   []byte
	etherboot bool // the client is a boot loader that reads boot files itself
}

// readDHCP reads a message from what a datagram carries.
func readDHCP(b []byte, op byte) (m dhcpMessage, why string) {
	switch {
	case len(b) < dhcpHeader:
		return m, "the DHCP message is cut off"
	case b[dhcpHType] != 1 || b[dhcpHLen] != 6:
		return m, "a DHCP message of no Ethernet card"
	case !bytes.HasPrefix(b[dhcpHeader:], dhcpCookie):
		return m, "no DHCP options in the message"
	case b[dhcpOp] != op:
		return m, "a DHCP message in the wrong direction"
	}
	m.header = b[:dhcpHeader]
	m.requested = [4]byte(b[dhcpCIAddr:])
	eachDHCPOption(b[dhcpHeader+len(dhcpCookie):], func(code byte, value []byte) {
		switch {
		case code == optType && len(value) == 1:
			m.kind = value[0]
		case code == optRequestedIP && len(value) == 4 && [4]byte(value) != [4]byte{}:
			m.requested = [4]byte(value)
		case code == optServerID && len(value) == 4:
			m.server = value
		case code == optNetmask && len(value) == 4:
			m.netmask = value
		case code == optEtherboot:
			m.etherboot = true
		}
	})
	if m.kind == 0 {
		return m, "no message type in the DHCP message"
	}
	return m, ""
}

func eachDHCPOption(b []byte, f func(code byte, value []byte)) {
	for len(b) > 0 && b[0] != optEnd {
		if b[0] == optPad {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return
		}
		f(b[0], b[2:2+b[1]])
		b = b[2+b[1]:]
	}
}

// DHCPv4 is the answer to a DHCP request, still between the ends of the request: an offer, an acknowledgement, or a refusal
// of an address that is not the one to give (put_dhcp_opts). What of the ends must change, flows change later.
func DHCPv4(p *packet.Packet, opts []action.Option) ([]byte, string) {
	q, ip := current(p)
	if !q.Is4() || q.Proto() != packet.ProtoUDP || !q.HasL4() {
		return nil, "not a UDP datagram of IPv4"
	}
	in, why := readDHCP(q.Payload(), bootRequest)
	if why != "" {
		return nil, why
	}
	offer := offered(opts)
	kind := byte(dhcpACK)
	switch {
	case in.kind == dhcpDiscover:
		kind = dhcpOffer
	case in.kind == dhcpRequest && in.requested != offer:
		kind = dhcpNAK
	case in.kind != dhcpRequest && in.kind != dhcpInform:
		return nil, "a DHCP message that has no answer"
	}
	b := bytes.Clone(in.header)
	b[dhcpOp] = bootReply
	var out []byte
	if kind != dhcpNAK {
		out = encodeDHCP(opts, in, b)
	}
	switch {
	case in.kind == dhcpInform:
		copy(b[dhcpYIAddr:], make([]byte, 4))
	case kind == dhcpNAK:
		copy(b[dhcpYIAddr:], make([]byte, 8)) // siaddr, too
	default:
		copy(b[dhcpYIAddr:], offer[:])
	}
	b = append(append(b, dhcpCookie...), optType, 1, kind)
	b = append(append(b, out...), 0, 0, 0, 0, optEnd, 0, 0, 0, 0)
	e := endsOf(q, false)
	e.dst = clientAddr(in.header, offer)
	return withoutSum(withPayload(q, ip, e, b), b), ""
}

// clientAddr is where an answer goes: to the client's new address, or to all where the client says that it cannot yet be
// spoken to.
func clientAddr(header []byte, addr [4]byte) netip.Addr {
	if header[dhcpFlags]&broadcastFlag != 0 {
		return netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	return netip.AddrFrom4(addr)
}

func offered(opts []action.Option) [4]byte {
	for _, o := range opts {
		if o.Name == "offerip" && len(o.Value.Items) > 0 {
			return addr4(o.Value.Items[0])
		}
	}
	return [4]byte{}
}

// encodeDHCP is the options of an answer: the boot file and the next server first, then the others as they stand in the
// action. It writes the next server into the header. Who only informs himself gets nothing about leases.
func encodeDHCP(opts []action.Option, in dhcpMessage, header []byte) []byte {
	file, alt := bootOption(opts, optBootfile), bootOption(opts, optBootfileAlt)
	var rest []byte
	next := find(opts, optNextServer)
	if next != nil {
		addr := addr4(next.Value.Items[0])
		rest = appendDHCP(rest, optNextServer, addr[:])
	}
	for i := range opts {
		info, _ := action.LookupOption(action.DHCPv4Options, opts[i].Name)
		switch info.Code {
		case 0, optBootfile, optBootfileAlt, optNextServer:
			continue
		case optNetmask, optLeaseTime, optT1, optT2:
			if in.kind == dhcpInform {
				continue
			}
		}
		rest = appendDHCP(rest, info.Code, dhcpValue(info.Type, opts[i].Value.Items))
	}
	both := file != nil && alt != nil && in.etherboot
	if next != nil && in.kind != dhcpInform && (!both || foundBehind(file, alt, rest)) {
		addr := addr4(next.Value.Items[0])
		copy(header[dhcpSIAddr:], addr[:])
	}
	if file == nil || alt != nil && !in.etherboot {
		file = alt
	}
	return append(file, rest...)
}

// bootOption is one of the two options that name a boot file, as the client will read it: bootfile_name is for boot loaders
// that read it themselves, bootfile_name_alt for others; whichever there is where there is one only.
func bootOption(opts []action.Option, code uint8) []byte {
	o := find(opts, code)
	if o == nil {
		return nil
	}
	return appendDHCP(nil, optBootfile, []byte(o.Value.Items[0].Text))
}

// foundBehind tells whether ovn-controller still finds the next server after it has put the first boot file in the place of
// the second one. It goes on behind where the first one stood: in the midst of it if the second one was shorter.
func foundBehind(file, alt, rest []byte) bool {
	b := append(append(append([]byte(nil), file...), alt...), rest...)
	b[len(file)] = optBootfileAlt
	copy(b[len(alt):], file)
	for at := len(file); at+1 < len(b); at += 2 + int(b[at+1]) {
		if b[at] == optNextServer {
			return true
		}
	}
	return false
}

func find(opts []action.Option, code uint8) *action.Option {
	for i := range opts {
		if info, ok := action.LookupOption(action.DHCPv4Options, opts[i].Name); ok && info.Code == code {
			return &opts[i]
		}
	}
	return nil
}

// appendDHCP appends an option. A value of more than 255 bytes is cut.
func appendDHCP(b []byte, code byte, value []byte) []byte {
	value = value[:min(len(value), 255)]
	return append(append(b, code, byte(len(value))), value...)
}

// dhcpValue encodes the value of an option by its type (DHCP_Options.type in ovn-sb(5)).
func dhcpValue(t action.OptionType, items []expr.Constant) []byte {
	c := items[0]
	switch t {
	case action.TypeBool, action.TypeUint8:
		return []byte{byte(c.Value.Lo)}
	case action.TypeUint16:
		return binary.BigEndian.AppendUint16(nil, uint16(c.Value.Lo))
	case action.TypeUint32:
		return binary.BigEndian.AppendUint32(nil, uint32(c.Value.Lo))
	case action.TypeIPv4:
		var b []byte
		for _, c := range items {
			a := addr4(c)
			b = append(b, a[:]...)
		}
		return b
	case action.TypeStaticRoutes:
		return staticRoutes(items)
	case action.TypeDomains:
		return compressedList(c.Text)
	case action.TypeHostID:
		if c.Kind != expr.String {
			a := addr4(c)
			return a[:]
		}
	}
	return []byte(c.Text)
}

// staticRoutes is prefixes and their next hops, of a prefix only the bytes that count (RFC 3442).
func staticRoutes(items []expr.Constant) (b []byte) {
	for i := 0; i+1 < len(items); i += 2 {
		bits := 32
		if items[i].Masked {
			bits = items[i].Mask.OnesCount()
		}
		prefix, hop := addr4(items[i]), addr4(items[i+1])
		b = append(append(b, byte(bits)), prefix[:(bits+7)/8]...)
		b = append(b, hop[:]...)
	}
	return b
}
