package sim

import (
	"ovnsim/sim/packet"
)

// What is below logical ports: machines that send tagged frames for containers in them, and the physical networks that
// localnet ports lead to.
//
//	machine p1 ---- tag 10: port c1, parent p1          network "net1": one switch that learns
//	           \--- tag 20: port c2, parent p1           |        |             |
//	            \-- no such tag: port p1               localnet  localnet      machines beyond
//	                                                   of sw0    of sw1, tag 5  each localnet port

// plug is where a frame enters or leaves a physical network: a localnet port on a chassis, or, with chassis "", the
// machines beyond it.
type plug struct{ chassis, port string }

// vlanMAC is an address in a VLAN of a physical network.
type vlanMAC struct {
	network string
	vlan    uint16
	mac     packet.MAC
}

// wiring is what of the ports lies below them.
type wiring struct {
	localnets map[string][]*port          // by network
	nested    map[string]map[uint16]*port // by parent and tag
}

func newWiring(net *network) wiring {
	w := wiring{map[string][]*port{}, map[string]map[uint16]*port{}}
	for _, p := range net.byNumber {
		switch {
		case p == nil:
		case p.isPhysical():
			w.localnets[p.network()] = append(w.localnets[p.network()], p)
		case p.isNested():
			if w.nested[p.ParentPort] == nil {
				w.nested[p.ParentPort] = map[uint16]*port{}
			}
			w.nested[p.ParentPort][p.vlan()] = p
		}
	}
	return w
}

func (p *port) isPhysical() bool { return p.Type == "localnet" || p.Type == "l2gateway" }

func (p *port) isLocalnet() bool { return p != nil && p.Type == "localnet" }

func (p *port) isNested() bool { return p.Type == "" && p.ParentPort != "" && p.vlan() != 0 }

// network is the physical network that a localnet port leads to. One that names none has its own.
func (p *port) network() string {
	if name := p.Options["network_name"]; name != "" {
		return name
	}
	return "of port " + p.LogicalPort
}

// vlan is the port's tag, 0 for none.
func (p *port) vlan() uint16 {
	if p.Tag == nil {
		return 0
	}
	return uint16(*p.Tag)
}

const (
	vlanPresent = 0x1000 // in vlan.tci
	vlanID      = 0x0fff
)

// vlanOf is a packet's VLAN, 0 for none.
func vlanOf(pkt *packet.Packet) uint16 {
	if tci := uint16(packet.VLANTCI.Get64(&pkt.Key)); tci&vlanPresent != 0 {
		return tci & vlanID
	}
	return 0
}

// tagged gives a packet that leaves by a port the port's tag. The priority of a tag that is there already stays.
func tagged(pkt *packet.Packet, p *port) {
	if vlan := p.vlan(); vlan != 0 && (p.isPhysical() || p.isNested()) {
		tci := uint16(packet.VLANTCI.Get64(&pkt.Key))
		packet.VLANTCI.Set64(&pkt.Key, uint64(tci&^vlanID|vlan|vlanPresent))
	}
}

// admit takes a frame's tag off, and tells whether the port takes such frames: those of its VLAN, and none of any without one.
func (p *port) admit(pkt *packet.Packet) bool {
	vlan := vlanOf(pkt)
	if p.vlan() == 0 && p.Options["vlan-passthru"] == "true" {
		return true
	}
	if vlan != p.vlan() {
		return false
	}
	packet.VLANTCI.Set64(&pkt.Key, 0)
	return true
}

// container is the port of a container in the machine on a port that a frame is from, its tag taken off; the machine's own
// port when there is none.
func (s *Sim) container(p *port, pkt *packet.Packet) *port {
	if c := s.wiring.nested[p.LogicalPort][vlanOf(pkt)]; c != nil {
		packet.VLANTCI.Set64(&pkt.Key, 0)
		return c
	}
	return p
}

// onPhysical takes a frame into the network of a localnet port, from a place there, to where its destination was seen last;
// else to all places but that one.
func (s *Sim) onPhysical(p *port, from plug, data []byte, t Tracer) (err error) {
	var pkt packet.Packet
	if err := pkt.Decode(data); err != nil {
		return err
	}
	dst := packet.MACOf(packet.EthDst.Get64(&pkt.Key))
	if isReserved(dst) {
		return nil
	}
	to := vlanMAC{p.network(), vlanOf(&pkt), dst}
	if src := packet.MACOf(packet.EthSrc.Get64(&pkt.Key)); !src.Multicast() {
		s.physical[vlanMAC{to.network, to.vlan, src}] = from
	}
	at, known := s.physical[to]
	goes := func(q plug) bool { return q != from && (!known || dst.Multicast() || at == q) }
	for _, q := range s.wiring.localnets[p.network()] {
		if goes(plug{"", q.LogicalPort}) {
			s.deliver(q.LogicalPort, data)
		}
		for _, chassis := range s.residence.chassis {
			if !goes(plug{chassis, q.LogicalPort}) || !s.residence.has(chassis, q) || s.outage.down[chassis] {
				continue
			}
			if from.chassis == "" {
				if e := s.fromPhysical(q.LogicalPort, chassis, pkt, t); e != nil {
					err = e
				}
				continue
			}
			s.At(s.Now(), func() { _ = s.fromPhysical(q.LogicalPort, chassis, pkt, nil) }) // a loop ends there
		}
	}
	return err
}

// isReserved tells addresses that no switch passes on (IEEE 802.1D, 7.12.6).
func isReserved(dst packet.MAC) bool {
	return dst.Uint64()&^0xf == 0x0180c2000000
}

// fromPhysical has a frame enter a chassis by a localnet port, if the port takes it.
func (s *Sim) fromPhysical(name, chassis string, pkt packet.Packet, t Tracer) error {
	l := s.on(chassis)
	p := l.net.portNamed(name)
	if p == nil || !p.admit(&pkt) {
		return nil
	}
	pkt.Hash.Receive(pkt.Tuple())
	w := l.engine.start(l, t)
	defer w.end()
	l.enter(w, p, &pkt)
	return w.err
}
