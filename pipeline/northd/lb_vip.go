package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// priority is that of the VIP's flow in the balancing stages: a port is more than none.
func (vip *VIP) priority() int {
	if vip.Port != "" {
		return 120
	}
	return 110
}

// connection matches the port of a connection to the VIP, as the ct_extract stage noted it.
func (vip *VIP) connection() string {
	if vip.Port == "" {
		return ""
	}
	return F(" && "+regCTProto+" == %s && "+regCTPort+" == %s", vip.protoNumber(), vip.Port)
}

// register is where the VIP's address is kept.
func (vip *VIP) register() string {
	if vip.Is4() {
		return regVIP4
	}
	return regVIP6
}

// remember notes the VIP that a packet asks for.
func (vip *VIP) remember() string {
	if vip.Port == "" {
		return F("%s = %s; ", vip.register(), vip.IP)
	}
	return F("%s = %s; "+regVIPPort+" = %s; ", vip.register(), vip.IP, vip.Port)
}

// balance is the action that chooses a backend, with what else ct_lb_mark is told in flags. Without a backend that is up
// it drops, or the VIP rejects.
func (vip *VIP) balance(drop, flags string) (action string, rejects bool) {
	backends := vip.choice()
	if backends == "" {
		return drop, vip.Reject
	}
	name := "ct_lb_mark"
	if vip.Distributed {
		name = "ct_lb_mark_local"
	}
	fields := ""
	if vip.HashFields != "" {
		fields = F(`; hash_fields="%s"`, vip.HashFields)
	}
	return F("%s(backends=%s%s%s);", name, backends, fields, flags), false
}

// choice is the list of backends to choose from: as the row has it where nothing rules some out.
func (vip *VIP) choice() string {
	switch {
	case len(vip.Backends) == 0:
		return ""
	case !vip.Check && !vip.Distributed:
		return vip.text
	}
	var up []string
	for i := range vip.Backends {
		b := &vip.Backends[i]
		switch {
		case b.Offline:
		case !vip.Distributed:
			up = append(up, b.keyWithPort())
		case b.Mapped:
			up = append(up, `"`+b.Mapping.Port+`":`+b.keyWithPort())
		}
	}
	return strings.Join(up, ",")
}

// rejectAt answers a connection that nobody will take; the answer goes on at an egress stage.
func rejectAt(s pipeline.Stage) string {
	return F("reg0 = 0; reject { outport <-> inport; next(pipeline=egress,table=%d);};", s.Number())
}
