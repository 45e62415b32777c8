package sim

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/sim/packet"
)

// Learned is what routers have learned of their neighbours and switches of the addresses behind their ports, given or met on
// the way, in a stable order. The rows are made for the call; timestamps are in milliseconds of virtual time.
func (s *Sim) Learned() (macs []*pipeline.MACBinding, fdb []*pipeline.FDBEntry) {
	l := s.live
	for key, mac := range l.macs {
		p := l.net.portNamed(key.port)
		if p == nil || mac.at(s.Now()) == (packet.MAC{}) {
			continue
		}
		macs = append(macs, &pipeline.MACBinding{LogicalPort: key.port, IP: key.address().String(), MAC: mac.at(s.Now()).String(),
			Datapath: p.dp.Datapath, Timestamp: l.ageing.neighbours.stamp(key, mac.since).Milliseconds()})
	}
	for key, port := range l.fdb {
		p := l.net.portNamed(port.at(s.Now()))
		if p == nil {
			continue
		}
		fdb = append(fdb, &pipeline.FDBEntry{MAC: packet.MACOf(key.mac).String(), DPKey: p.dp.TunnelKey, PortKey: p.TunnelKey, Timestamp: l.ageing.addresses.stamp(key, port.since).Milliseconds()})
	}
	slices.SortFunc(macs, func(a, b *pipeline.MACBinding) int {
		return strings.Compare(a.LogicalPort+" "+a.IP, b.LogicalPort+" "+b.IP)
	})
	slices.SortFunc(fdb, func(a, b *pipeline.FDBEntry) int { return strings.Compare(a.MAC, b.MAC) })
	return macs, fdb
}

func (k macKey) address() netip.Addr {
	if k.six {
		return packet.Addr6(k.addr)
	}
	return packet.Addr4(k.addr.Lo)
}
