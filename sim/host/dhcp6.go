package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ovnsim/sim/packet"
)

// Lease6 is what a machine asks a DHCPv6 server for (RFC 8415). Its results are read when Done. It is not renewed, and does
// not run out.
type Lease6 struct {
	Told func(Lease6Event)

	Address netip.Addr // not valid where nobody gave one
	Server  string     // its unique identifier (DUID), in hexadecimal
	DNS     []netip.Addr
	Domain  string
	Done    bool

	id       [3]byte
	serverID []byte
	tried    int
	waiting  *timer
}

// Lease6Event is a message of the exchange, sent or received.
type Lease6Event struct {
	Type  byte
	From  netip.Addr    // not valid for messages sent
	Again time.Duration // of messages sent: when the next one follows if nobody answers
}

// Messages of DHCPv6, and options (RFC 8415; 23 and 24 RFC 3646).
const (
	DHCP6Solicit   = 1
	DHCP6Advertise = 2
	DHCP6Request   = 3
	DHCP6Reply     = 7

	dhcp6ClientID  = 1
	dhcp6ServerID  = 2
	dhcp6IANA      = 3
	dhcp6IAAddr    = 5
	dhcp6Asked     = 6
	dhcp6Elapsed   = 8
	dhcp6DNS       = 23
	dhcp6Domains   = 24
	dhcp6Client    = 546
	dhcp6Server    = 547
	dhcp6Tries     = 5
	dhcp6FirstWait = time.Second
)

var dhcp6Servers = netip.MustParseAddr("ff02::1:2")

// Lease6 asks for an IPv6 address by DHCPv6, which the machine has beside its others.
func (h *Host) Lease6(now time.Duration, want Lease6) *Lease6 {
	h.now = now
	if h.lease6 != nil {
		h.EndLease6(h.lease6)
	}
	l := &want
	id := h.draw()
	l.id = [3]byte{byte(id >> 16), byte(id >> 8), byte(id)}
	h.lease6 = l
	h.useIPv6()
	h.solicit6(l)
	h.settle()
	return l
}

// EndLease6 stops asking.
func (h *Host) EndLease6(l *Lease6) {
	l.waiting.stop()
	l.Done = true
	if h.lease6 == l {
		h.lease6 = nil
	}
}

// solicit6 looks for servers, at growing intervals (RFC 8415 section 15, without its chance).
func (h *Host) solicit6(l *Lease6) {
	if l.tried == dhcp6Tries {
		h.EndLease6(l)
		return
	}
	l.serverID = nil
	l.tried++
	h.sendDHCP6(l, DHCP6Solicit)
}

func (h *Host) sendDHCP6(l *Lease6, kind byte) {
	again := dhcp6FirstWait << (l.tried - 1)
	l.waiting = h.timers.at(h.now+again, func() { h.solicit6(l) })
	l.tell(Lease6Event{Type: kind, Again: again})
	b := append([]byte{kind}, l.id[:]...)
	b = option6(b, dhcp6ClientID, append([]byte{0, 3, 0, 1}, h.config.MAC[:]...)) // by its Ethernet address
	if l.serverID != nil {
		b = option6(b, dhcp6ServerID, l.serverID)
	}
	b = option6(b, dhcp6Asked, []byte{0, dhcp6DNS, 0, dhcp6Domains})
	b = option6(b, dhcp6Elapsed, []byte{0, 0})
	b = option6(b, dhcp6IANA, append(slices.Clone(h.config.MAC[2:]), make([]byte, 8)...))
	h.multicast(dhcp6Servers, packet.UDP{Src: dhcp6Client, Dst: dhcp6Server, Payload: b}, 1)
}

// takeDHCP6 reads an answer: the first server that offers is asked.
func (h *Host) takeDHCP6(p *packet.Packet) {
	l, b := h.lease6, p.Payload()
	if p.Tuple().SrcPort != dhcp6Server || len(b) < 4 || [3]byte(b[1:4]) != l.id {
		return
	}
	var serverID []byte
	var address netip.Addr
	each6(b[4:], func(code uint16, value []byte) {
		switch {
		case code == dhcp6ServerID:
			serverID = slices.Clone(value)
		case code == dhcp6IANA && len(value) >= 12:
			each6(value[12:], func(code uint16, value []byte) {
				if code == dhcp6IAAddr && len(value) >= 24 {
					address = netip.AddrFrom16([16]byte(value))
				}
			})
		}
	})
	switch {
	case serverID == nil || !address.IsValid():
	case b[0] == DHCP6Advertise && l.serverID == nil:
		l.serverID = serverID
		l.waiting.stop()
		l.tell(Lease6Event{Type: b[0], From: p.Src()})
		h.sendDHCP6(l, DHCP6Request)
	case b[0] == DHCP6Reply && string(l.serverID) == string(serverID):
		l.tell(Lease6Event{Type: b[0], From: p.Src()})
		l.Address, l.Server = address, strings.ReplaceAll(fmt.Sprintf("% x", serverID), " ", ":")
		each6(b[4:], l.read)
		h.addAddress(netip.PrefixFrom(address, 128))
		h.EndLease6(l)
	}
}

func (l *Lease6) tell(e Lease6Event) {
	if l.Told != nil {
		l.Told(e)
	}
}

func (l *Lease6) read(code uint16, value []byte) {
	switch code {
	case dhcp6DNS:
		for ; len(value) >= 16; value = value[16:] {
			l.DNS = append(l.DNS, netip.AddrFrom16([16]byte(value)))
		}
	case dhcp6Domains:
		l.Domain = firstName(value)
	}
}

// firstName reads the first name of a list of them (RFC 1035 section 3.1).
func firstName(b []byte) (name string) {
	for len(b) > 0 && b[0] > 0 && len(b) > int(b[0]) {
		if name != "" {
			name += "."
		}
		name += string(b[1 : 1+b[0]])
		b = b[1+b[0]:]
	}
	return name
}

// option6 appends an option.
func option6(b []byte, code uint16, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, code), uint16(len(value)))
	return append(b, value...)
}

// each6 goes through options, up to the first that is cut short.
func each6(b []byte, f func(code uint16, value []byte)) {
	for len(b) >= 4 {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return
		}
		f(binary.BigEndian.Uint16(b), b[4:n])
		b = b[n:]
	}
}
