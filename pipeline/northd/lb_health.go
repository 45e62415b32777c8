package northd

import (
	"maps"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
)

// lbHealthFeature watches backends (Load_Balancer.health_check) and switch ports (Logical_Switch_Port.health_checks): a
// Service_Monitor row each, answers to requests for the address that probes come from, and the way back for their answers.
var lbHealthFeature = feature{
	name:   "lb-health",
	title:  "Load_Balancer_Health_Check, Logical_Switch_Port_Health_Check",
	stages: []pipeline.Stage{pipeline.LsInARPRsp, pipeline.LsInL2Lkup},
	global: func(v *View, e *Emitter) {
		seen := map[monitorKey]bool{}
		for _, b := range v.Balancers {
			for _, vip := range b.VIPs {
				vip.monitor(v, e, seen)
			}
		}
		for _, s := range v.Switches {
			for _, p := range s.Ports {
				p.monitor(v)
			}
		}
	},
	switchPort: func(v *View, e *Emitter, p *SwitchPort) {
		for _, c := range p.HealthChecks {
			if p.owns(c.Address) {
				answerForProbes(v, e, p.Switch, c.SrcIP)
			}
		}
	},
}

// monitor sets up the probes of a port's own health checks.
func (p *SwitchPort) monitor(v *View) {
	for _, c := range p.HealthChecks {
		if !p.IsEnabled || !p.owns(c.Address) {
			continue
		}
		v.sb.ServiceMonitors = append(v.sb.ServiceMonitors, &pipeline.ServiceMonitor{
			Type: "logical-switch-port", IP: c.Address, Protocol: c.Protocol, Port: c.Port, LogicalPort: p.Name,
			SrcMAC: v.probeMAC(), SrcIP: c.SrcIP, Options: c.Options,
			Status: v.status[monitorKey{p.Name, c.Address, c.Protocol, c.Port}],
		})
	}
}

// owns says whether an address, as it is written, is one of the port's.
func (p *SwitchPort) owns(text string) bool {
	for _, a := range p.owned() {
		for _, ip := range append(slices.Clone(a.IPv4), a.IPv6...) {
			if ip.String() == text {
				return true
			}
		}
	}
	return false
}

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

// probeMAC is the Ethernet address that probes come from (NB_Global options:svc_monitor_mac).
func (v *View) probeMAC() string {
	m, _ := parseMAC(v.monitorMACs()[0])
	return m.String()
}

// watch says of each backend where it lives, and with a health check whether it may be chosen: a backend that cannot be
// watched is not. OVN has no probe for SCTP and passes the check over.
func (vip *VIP) watch(v *View) {
	for _, c := range vip.HealthCheck {
		vip.Check = vip.Check || c.VIP == vip.name && vip.Proto != "sctp" && !vip.Template
	}
	if len(vip.IPPortMappings) == 0 && !vip.Check {
		return
	}
	for i := range vip.Backends {
		b := &vip.Backends[i]
		b.Mapping, b.Mapped = vip.mapping(b)
		s := v.status[vip.monitorKey(b)]
		b.Offline = vip.Check && (!b.watched(v) || b.disabled(v) || s != "" && s != "online")
	}
}

func (vip *VIP) monitorKey(b *Backend) monitorKey {
	return monitorKey{b.Mapping.Port, b.IP, vip.Proto, int64(b.number())}
}

// watched says whether there can be probes to the backend.
func (b *Backend) watched(v *View) bool {
	return b.Mapped && b.Mapping.Source.IsValid() && (b.Mapping.Zone != "" || v.switchPorts[b.Mapping.Port] != nil)
}

// disabled says whether the backend lives behind a port that takes no part.
func (b *Backend) disabled(v *View) bool {
	p := v.switchPorts[b.Mapping.Port]
	return p != nil && p.Enabled != nil && !*p.Enabled && b.Mapping.Zone == ""
}

// mapping is what ip_port_mappings says of a backend; IPv6 addresses stand there in brackets.
func (vip *VIP) mapping(b *Backend) (lb.Mapping, bool) {
	key := b.IP
	if b.Addr.Is6() {
		key = "[" + key + "]"
	}
	text, ok := vip.IPPortMappings[key]
	if !ok || vip.Template && !b.Addr.Is6() {
		return lb.Mapping{}, false
	}
	m, err := lb.ParseMapping(text)
	return m, err == nil && (m.Source.IsValid() || !strings.Contains(text, ":"))
}

// monitor sets up the probes of a VIP's backends.
func (vip *VIP) monitor(v *View, e *Emitter, seen map[monitorKey]bool) {
	for i := range vip.Backends {
		b := &vip.Backends[i]
		if !vip.Check || !b.watched(v) {
			continue
		}
		from, source := v.probeMAC(), b.Mapping.Source
		if p := v.switchPorts[b.Mapping.Port]; p != nil {
			if router := vip.probesFrom(v, p, b); router != nil && !b.disabled(v) {
				from = router.MAC.String()
				vip.takeAnswers(e, p, b, router)
			} else {
				answerForProbes(v, e, p.Switch, source.String())
			}
		}
		if k := vip.monitorKey(b); !seen[k] && !b.disabled(v) {
			seen[k] = true
			v.sb.ServiceMonitors = append(v.sb.ServiceMonitors, &pipeline.ServiceMonitor{
				Type: "load-balancer", IP: k.ip, Protocol: k.proto, Port: k.number, LogicalPort: k.port,
				SrcMAC: from, SrcIP: source.String(), Status: v.status[k], Options: vip.checkOptions(b.Mapping.Zone),
			})
		}
	}
}

// probesFrom is the router port that probes seem to come from: one beside the backend's port, on a router that has the
// balancer, whose address in the source's network is the source. Nil stands for an address that is nobody's, which those
// of other zones always are. Of several that have the address, which is a mistake, it is the one that ovn-northd comes to
// first.
func (vip *VIP) probesFrom(v *View, p *SwitchPort, b *Backend) *RouterPort {
	var from []*SwitchPort
	for _, sp := range p.Switch.RouterPorts {
		r := sp.Peer
		if b.Mapping.Zone == "" && vip.Routers.has(r.Router.DP) && r.memberAddress(b.Mapping.Source) == b.Mapping.Source {
			from = append(from, sp)
		}
	}
	if len(from) == 0 {
		return nil
	}
	if len(from) == 1 {
		return from[0].Peer
	}
	for _, name := range v.portsHashed() {
		for _, sp := range from {
			if sp.Name == name {
				return sp.Peer
			}
		}
	}
	return nil
}

// portsHashed is the names of all ports in the order of ovn-northd's table of them. Of names in one bucket the real order
// varies from run to run.
func (v *View) portsHashed() []string {
	var names []string
	for _, s := range v.Switches {
		for _, p := range s.portsByUUID() {
			names = append(names, p.Name)
		}
	}
	for _, r := range v.Routers {
		for _, p := range r.byUUID() {
			names = append(names, p.Name)
		}
	}
	return hashOrder(names)
}

// takeAnswers gives answers to probes that seem to come from a router to the prober. UDP services that are down are
// known by the ICMP error.
func (vip *VIP) takeAnswers(e *Emitter, p *SwitchPort, b *Backend, r *RouterPort) {
	answer := "tcp.src == " + b.Port
	if b.Port == "" {
		answer = "tcp.src == (null)" // that is what ovn-northd writes, and no ovn-controller takes
	}
	switch {
	case vip.Proto == "udp" && b.Addr.Is4():
		answer = "icmp4.type == 3"
	case vip.Proto == "udp":
		answer = "icmp6.type == 1"
	}
	e.AddMetered(p.Switch.DP, pipeline.LsInL2Lkup, 110,
		F("inport == \"%s\" && %s.dst == %s && %s.src == %s && eth.dst == %s && %s", p.Name, vip.ip(), b.Mapping.Source, vip.ip(), b.IP, r.MAC, answer),
		"handle_svc_check(inport);", p.Switch.meter("svc-monitor"))
}

// answerForProbes gives the probes' Ethernet address to who asks for the address that they come from.
func answerForProbes(v *View, e *Emitter, s *Switch, source string) {
	own := v.probeMAC()
	if strings.Contains(source, ".") {
		e.Add(s.DP, pipeline.LsInARPRsp, 110, F("arp.tpa == %s && arp.op == 1", source), arpReply(own, source))
		return
	}
	e.Add(s.DP, pipeline.LsInARPRsp, 110, F("nd_ns && nd.target == %s", source),
		F("nd_na { eth.dst = eth.src; eth.src = %s; ip6.src = %s; nd.target = %s; nd.tll = %s; outport = inport; flags.loopback = 1; output; };",
			own, source, source, own))
}

// checkOptions is the options of the VIP's health check, and the zone that does the checking where that is another's.
func (vip *VIP) checkOptions(zone string) map[string]string {
	out := map[string]string{}
	for _, c := range vip.HealthCheck {
		if c.VIP == vip.name {
			maps.Copy(out, c.Options)
			break
		}
	}
	copyOption(out, "az-name", zone)
	return out
}
