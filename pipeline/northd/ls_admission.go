package northd

import (
	"slices"

	"ovnsim/pipeline"
)

// packetTooBig matches ICMP errors that path MTU discovery works with (RFC 1191, RFC 8201).
const packetTooBig = "((ip4 && icmp4.type == 3 && icmp4.code == 4) || (ip6 && icmp6.type == 2 && icmp6.code == 0))"

// lsAdmissionFeature checks what enters a switch: VLAN tags, source addresses, port security.
var lsAdmissionFeature = feature{
	name:  "switch-admission",
	title: "Port security",
	stages: []pipeline.Stage{
		pipeline.LsInCheckPortSec, pipeline.LsInApplyPortSec, pipeline.LsOutCheckPortSec, pipeline.LsOutApplyPortSec,
	},
	global:     lsAdmission,
	switch_:    externalARP,
	switchPort: admitPort,
}

func lsAdmission(v *View, e *Emitter) {
	all, tagged := v.allSwitches, v.switchGroup(func(s *Switch) bool { return !s.VLANPassthru })
	e.AddGroup(tagged, pipeline.LsInCheckPortSec, 100, "vlan.present", v.Drop)
	e.AddGroup(all, pipeline.LsInCheckPortSec, 100, "eth.src[40]", v.Drop)
	// Errors that a chassis sent back through a tunnel: whoever they are for, they are known to the flows below.
	e.AddGroup(all, pipeline.LsInCheckPortSec, 105, F(packetTooBig+" && flags.tunnel_rx == 1"), v.Drop)
	e.AddGroup(all, pipeline.LsInCheckPortSec, 50, "1", F(regPortSecDrop+" = check_in_port_sec(); next;"))
	e.AddGroup(all, pipeline.LsInApplyPortSec, 50, F(regPortSecDrop+" == 1"), v.Drop)
	e.AddGroup(all, pipeline.LsOutCheckPortSec, 100, "eth.mcast", F(regPortSecDrop+" = 0; next;"))
	e.AddGroup(all, pipeline.LsOutApplyPortSec, 50, F(regPortSecDrop+" == 1"), v.Drop)
}

func admitPort(v *View, e *Emitter, p *SwitchPort) {
	dp := p.Switch.DP
	admitTooBig(v, e, p)
	if p.Type == "external" && !p.IsEnabled {
		return // nothing ever comes in by it
	}
	if !p.IsEnabled {
		e.Add(dp, pipeline.LsInCheckPortSec, 100, F("inport == %s", p.Key), F(regPortSecDrop+" = 1; next;"))
		if p.CR != "" {
			e.Add(dp, pipeline.LsInCheckPortSec, 100, F("inport == %s", p.CR), F(regPortSecDrop+" = 1; next;"))
		}
		return
	}
	queue, through := v.queue(p), ""
	if queue != "" && p.Type == "external" {
		return // it has the queue and nothing that goes through it
	}
	if queue != "" {
		through = F("set_queue(%s); ", queue)
		if p.Type != "vtep" {
			queueOut(v, e, p, queue)
		}
	}
	switch {
	case p.Type == "router":
		e.Add(dp, pipeline.LsInCheckPortSec, 70, F("inport == %s", p.Key), F(regFromRouterPort+" = 1; next;"))
		if p.CR != "" {
			e.Add(dp, pipeline.LsInCheckPortSec, 70, F("inport == %s", p.CR), F(regFromRouterPort+" = 1; next;"))
		}
	case p.Type == "vtep":
		e.Add(dp, pipeline.LsInCheckPortSec, 70, F("inport == %s", p.Key),
			through+F(regFromVTEP+" = 1; next(pipeline=ingress, table=%d);", v.number[pipeline.LsInHairpin]))
	case queue != "":
		e.Add(dp, pipeline.LsInCheckPortSec, 70, F("inport == %s", p.Key),
			through+F(regPortSecDrop+" = check_in_port_sec(); next;"))
	}
}

// queueOut puts frames that leave by a physical network into the queue of the port they came from, or of the network's.
func queueOut(v *View, e *Emitter, p *SwitchPort, queue string) {
	if p.Type == "localnet" {
		e.Add(p.Switch.DP, pipeline.LsOutApplyPortSec, 100, F("outport == %s", p.Key), F("set_queue(%s); output;", queue))
		return
	}
	if out := p.Switch.firstLocalnet(); out != nil {
		e.Add(p.Switch.DP, pipeline.LsOutApplyPortSec, 110, F("outport == %s && inport == %s", out.Key, p.Key),
			F("set_queue(%s); output;", queue))
	}
}

// admitTooBig turns path MTU errors that came back through a tunnel round, towards the sender of what was too big.
func admitTooBig(v *View, e *Emitter, p *SwitchPort) {
	dp := p.Switch.DP
	switch {
	case p.Type == "router" && p.Peer == nil:
	case p.Type == "router" && p.Peer.Router.IsGateway:
		e.Add(dp, pipeline.LsInCheckPortSec, 120,
			F(packetTooBig+" && eth.src == %s && outport == %s && flags.tunnel_rx == 1", p.Peer.LogicalRouterPort.MAC, p.Key),
			"outport <-> inport; next;")
	case p.Type == "router":
		e.Add(dp, pipeline.LsInCheckPortSec, 120, F(packetTooBig+" && eth.dst == %s && flags.tunnel_rx == 1", p.Peer.LogicalRouterPort.MAC),
			F("outport <-> inport; next(pipeline=ingress,table=%d);", v.number[pipeline.LsInL2Lkup]))
	default:
		for _, a := range p.owned() {
			e.Add(dp, pipeline.LsInCheckPortSec, 110,
				F(packetTooBig+" && eth.src == %s && outport == %s && !is_chassis_resident(%s) && flags.tunnel_rx == 1", a.MAC, p.Key, p.Key),
				"outport <-> inport; next;")
		}
	}
}

// externalARP lets ARP requests from a physical network in on the chassis alone that answers them, so that a request is
// not answered by every chassis that sees it.
func externalARP(v *View, e *Emitter, s *Switch) {
	if len(s.Physical) == 0 {
		return
	}
	if !slices.ContainsFunc(s.RouterPorts, func(p *SwitchPort) bool { return p.Peer.Router.IsGateway || p.Peer.Redirect != "" }) {
		return
	}
	for _, p := range s.RouterPorts {
		for _, w := range p.answersAt() {
			e.Add(s.DP, pipeline.LsInApplyPortSec, w.priority, F(regExternalARP+" == 1")+w.match, "next;")
		}
	}
	for _, p := range s.Physical {
		e.Add(s.DP, pipeline.LsInCheckPortSec, 75, F("arp.op == 1 && inport == %s", p.Key), F(regExternalARP+" = 1; next;"))
	}
	e.Add(s.DP, pipeline.LsInApplyPortSec, 70, F(regExternalARP+" == 1"), "drop;")
}

// answering is where a router answers which requests.
type answering struct {
	priority int
	match    string // after " == 1"
}

// answersAt is where the router behind a port answers ARP requests: on the chassis of a gateway, for distributed NAT
// where the machine is; nowhere alone, as for its own addresses, where the port is on all chassis.
func (p *SwitchPort) answersAt() (out []answering) {
	switch {
	case !p.Peer.Router.IsGateway && p.Peer.Redirect == "":
		return nil // neither for its NATs, which work at another port
	case p.Peer.Router.isDistributed():
		out = []answering{{75, ""}}
	case p.Peer.Router.IsGateway:
		out = []answering{{75, F(" && is_chassis_resident(%s)", p.Peer.Key)}}
	default:
		out = []answering{{75, F(" && is_chassis_resident(%s)", p.Peer.Redirect)}}
	}
	for _, n := range p.Peer.Router.NATs {
		if n.External.Is4() && n.Distributed {
			out = append(out, answering{85, F(" && arp.tpa == %s && is_chassis_resident(%s)", n.External, n.resident())})
		}
	}
	return out
}
