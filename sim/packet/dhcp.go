package packet

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// DHCP is a DHCP message (RFC 2131), as far as clients write and read it.
type DHCP struct {
	Reply   bool
	XID     uint32
	Client  netip.Addr // the address that the client has; not valid for none
	Yours   netip.Addr // the address that the server gives; not valid for none
	MAC     MAC        // of the client
	Type    DHCPType
	Options []DHCPOption // without the type
}

// DHCPOption is an option (RFC 2132).
type DHCPOption struct {
	Code uint8
	Data []byte
}

// DHCPType is what a message is for.
type DHCPType uint8

// The types (RFC 2132 section 9.6).
const (
	DHCPDiscover DHCPType = iota + 1
	DHCPOffer
	DHCPRequest
	DHCPDecline
	DHCPAck
	DHCPNak
	DHCPRelease
	DHCPInform
)

// ErrDHCP is that of what is no DHCP message.
var ErrDHCP = errors.New("no DHCP message")

// leastDHCP is the size of the smallest message, in bytes: that of BOOTP's (RFC 1542 section 2.1).
const leastDHCP = 300

// Bytes is the message as it goes into a datagram. Options longer than 255 bytes are cut.
func (m *DHCP) Bytes() []byte {
	l := &layers.DHCPv4{
		Operation: layers.DHCPOpRequest, HardwareType: layers.LinkTypeEthernet, HardwareLen: 6, Xid: m.XID, ClientHWAddr: m.MAC[:],
		Options: layers.DHCPOptions{layers.NewDHCPOption(layers.DHCPOptMessageType, []byte{byte(m.Type)})},
	}
	if m.Reply {
		l.Operation = layers.DHCPOpReply
	}
	if m.Client.IsValid() {
		l.ClientIP = m.Client.AsSlice()
	}
	if m.Yours.IsValid() {
		l.YourClientIP = m.Yours.AsSlice()
	}
	for _, o := range m.Options {
		l.Options = append(l.Options, layers.NewDHCPOption(layers.DHCPOpt(o.Code), o.Data[:min(len(o.Data), 255)]))
	}
	buf := gopacket.NewSerializeBuffer()
	if err := l.SerializeTo(buf, gopacket.SerializeOptions{FixLengths: true}); err != nil {
		panic("packet: " + err.Error()) // nothing in the message is of a wrong length
	}
	return append(slices.Clone(buf.Bytes()), make([]byte, max(0, leastDHCP-len(buf.Bytes())))...)
}

// ParseDHCP reads a message. NewPacket, unlike the layer's own decoder, survives every one.
func ParseDHCP(b []byte) (*DHCP, error) {
	l, ok := gopacket.NewPacket(b, layers.LayerTypeDHCPv4, gopacket.Default).Layer(layers.LayerTypeDHCPv4).(*layers.DHCPv4)
	if !ok || len(l.ClientHWAddr) != 6 {
		return nil, ErrDHCP
	}
	m := &DHCP{Reply: l.Operation == layers.DHCPOpReply, XID: l.Xid, MAC: MAC(l.ClientHWAddr)}
	m.Client, _ = netip.AddrFromSlice(l.ClientIP.To4())
	m.Yours, _ = netip.AddrFromSlice(l.YourClientIP.To4())
	for _, o := range l.Options {
		if o.Type == layers.DHCPOptMessageType && len(o.Data) == 1 {
			m.Type = DHCPType(o.Data[0])
			continue
		}
		m.Options = append(m.Options, DHCPOption{uint8(o.Type), o.Data})
	}
	return m, nil
}
