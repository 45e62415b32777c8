package northd

import (
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
)

// monitorKey names a service monitor.
type monitorKey struct {
	port, ip, proto string
	number          int64
}

// monitorStatus is what the southbound database knew of the services' health.
func (v *View) monitorStatus() map[monitorKey]string {
	out := map[monitorKey]string{}
	for _, m := range v.Before.ServiceMonitors {
		out[monitorKey{m.LogicalPort, m.IP, m.Protocol, m.Port}] = m.Status
	}
	return out
}

// watch says of each backend where it lives and whether it is known to be down.
func (vip *VIP) watch(status map[monitorKey]string) {
	for _, c := range vip.HealthCheck {
		vip.Check = vip.Check || c.VIP == vip.name
	}
	for i := range vip.Backends {
		b := &vip.Backends[i]
		b.Mapping, b.Mapped = vip.mapping(b)
		s := status[monitorKey{b.Mapping.Port, b.Addr.String(), vip.Proto, int64(b.Port)}]
		b.Offline = vip.Check && b.Mapped && s != "" && s != "online"
	}
}

// mapping is what ip_port_mappings says of a backend; IPv6 addresses stand there with or without brackets.
func (vip *VIP) mapping(b *Backend) (lb.Mapping, bool) {
	for key, text := range vip.IPPortMappings {
		e, ok := readEndpoint(strings.Trim(key, "[]"))
		if !ok || e.Addr != b.Addr {
			continue
		}
		m, err := lb.ParseMapping(text)
		return m, err == nil && (m.Source.IsValid() || !vip.Check)
	}
	return lb.Mapping{}, false
}

var _ = pipeline.NoStage
