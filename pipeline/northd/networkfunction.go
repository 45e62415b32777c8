package northd

import (
	"net/netip"
	"slices"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// networkFunctionFeature sends what ACLs pick through network functions: machines that see packets and give them back
// by their other port.
var networkFunctionFeature = feature{
	name:  "network-function",
	title: "Network functions",
	stages: []pipeline.Stage{
		pipeline.LsInPreNetworkFunction, pipeline.LsInNetworkFunction,
		pipeline.LsOutPreACL, pipeline.LsOutPreNetworkFunction, pipeline.LsOutStateful, pipeline.LsOutNetworkFunction,
	},
	global: networkFunctions,
}

// functionMonitors has all functions watched, be they in a group or not: a probe goes in by one port and must come out by the
// other.
func (v *View) functionMonitors() {
	from, to, ok := v.functionProbe()
	if !ok {
		return
	}
	for _, f := range v.Topology.NetworkFunction {
		if f.HealthCheck == nil || f.Inport == nil || f.Outport == nil {
			continue
		}
		v.sb.ServiceMonitors = append(v.sb.ServiceMonitors, &pipeline.ServiceMonitor{
			Type: "network-function", IP: to, Protocol: "icmp", LogicalPort: f.Outport.Name, LogicalInputPort: f.Inport.Name,
			SrcMAC: v.probeMAC(), SrcIP: from, MAC: v.monitorMACs()[1], Options: f.HealthCheck.Options,
		})
	}
}

// functionProbe is where probes of functions come from and go to; without two addresses there are none.
func (v *View) functionProbe() (from, to string, ok bool) {
	from, to = v.Options["svc_monitor_ip"], v.Options["svc_monitor_ip_dst"]
	_, err := netip.ParseAddr(from)
	_, err2 := netip.ParseAddr(to)
	return from, to, err == nil && err2 == nil
}

func networkFunctions(v *View, e *Emitter) {
	v.functionMonitors()
	for _, s := range []pipeline.Stage{pipeline.LsInPreNetworkFunction, pipeline.LsOutPreNetworkFunction} {
		e.AddGroup(v.allSwitches, s, 1, F(regRedirect+" == 1 && "+regRedirectRequest+" == 1"), F(regNetworkFunction+" = 0; next;"))
	}
	for _, s := range []pipeline.Stage{pipeline.LsInNetworkFunction, pipeline.LsOutNetworkFunction} {
		e.AddGroup(v.allSwitches, s, 100, F(regRedirect+" == 1 && eth.mcast"), "next;")
		e.AddGroup(v.allSwitches, s, 1, F(regRedirect+" == 1"), v.Drop)
	}
	redirected := map[nfUse]bool{}
	for _, scope := range v.aclScopes() {
		for _, a := range scope.acls {
			g := a.NetworkFunctionGroup
			if g == nil {
				continue
			}
			for _, s := range scope.switches {
				if use := (nfUse{s, g, a.Direction == "to-lport"}); !redirected[use] {
					redirected[use] = true
					nfSwitch{v, e, s}.redirect(g, use.toLport)
				}
			}
		}
	}
}

// nfUse is a group of network functions that an ACL of a switch uses in a direction.
type nfUse struct {
	s       *Switch
	g       *topology.NetworkFunctionGroup
	toLport bool
}

// nfSwitch writes the flows of network functions on one switch.
type nfSwitch struct {
	v *View
	e *Emitter
	s *Switch
}

// ports is for what comes back from a network function: it has seen the packet, which goes on where it was.
func (n nfSwitch) ports(in, out *SwitchPort) {
	dp := n.s.DP
	for _, p := range []*SwitchPort{in, out} {
		n.e.Add(dp, pipeline.LsInNetworkFunction, 100, F("inport == %s", p.Key), F(regTunnel+" = ct_label.tun_if_id; next;"))
		n.e.Add(dp, pipeline.LsOutNetworkFunction, 100, F("outport == %s", p.Key), "next;")
		const commit = "ct_commit { ct_mark.blocked = 0; ct_mark.allow_established = " + regPersist + "; ct_label.acl_id = " + regACLID + "; "
		n.e.Add(dp, pipeline.LsOutStateful, 120, F("outport == %s && "+regACLLabel+" == 0", p.Key),
			F(commit+"ct_label.tun_if_id = "+regTunnel+"; }; next;"))
		n.e.Add(dp, pipeline.LsOutStateful, 120, F("outport == %s && "+regACLLabel+" == 1", p.Key),
			F(commit+"ct_mark.obs_stage = "+regSampleStage+"; ct_mark.obs_collector_id = "+regSampleCollectorE+
				"; ct_label.obs_point_id = "+regSamplePointEst+"; ct_label.tun_if_id = "+regTunnel+"; }; next;"))
	}
	n.e.Add(dp, pipeline.LsOutPreACL, 110, F("inport == %s", in.Key),
		F("next(pipeline=egress, table=%d);", n.v.number[pipeline.LsOutNetworkFunction]+1))
}

// portOf is a network function's port on the switch: the port itself, or its child there.
func (n nfSwitch) portOf(row *topology.LogicalSwitchPort) *SwitchPort {
	if row == nil {
		return nil
	}
	for _, p := range n.s.Ports {
		if p.Name == row.Name || p.ParentName == row.Name {
			return p
		}
	}
	return nil
}

// redirect sends requests, and the replies to requests that were sent, through the group's active function.
func (n nfSwitch) redirect(g *topology.NetworkFunctionGroup, toLport bool) {
	dp, pre := n.s.DP, pipeline.LsInPreNetworkFunction
	if toLport {
		pre = pipeline.LsOutPreNetworkFunction
	}
	match := F(regRedirect+" == 1 && "+regRedirectRequest+" == 1 && "+regNetworkFunction+" == %d", g.ID)
	if g.Fallback == "fail-open" {
		n.e.Add(dp, pre, 10, match, F(regRedirect+" = 0; "+regNetworkFunction+" = 0; next;"))
	}
	nf := n.v.activeFunction(g)
	if nf == nil {
		return
	}
	in, out := n.portOf(nf.Inport), n.portOf(nf.Outport)
	if in == nil || out == nil {
		return
	}
	n.ports(in, out)
	n.e.Add(dp, pre, 99, match, F(regNetworkFunction+" = %d; next;", nf.ID))
	request := F(regRedirect+" == 1 && "+regRedirectRequest+" == 1 && "+regNetworkFunction+" == %d", nf.ID)
	reply := F(regRedirect+" == 1 && "+regRedirectRequest+" == 0 && ct_label.nf_id == %d", nf.ID)
	if toLport {
		request, reply = reply, request
	}
	n.e.Add(dp, pipeline.LsInNetworkFunction, 99, request, F("outport = %s; output;", in.Key))
	n.e.Add(dp, pipeline.LsOutNetworkFunction, 99, reply,
		F("outport = %s; "+regRedirected+" = 1; next(pipeline=ingress, table=%d);", out.Key, n.v.number[pipeline.LsInL2Lkup]))
}

// activeFunction is the network function that a group's traffic goes to: the one of its own that was chosen before while it is well,
// else the first that is; nil without one.
func (v *View) activeFunction(g *topology.NetworkFunctionGroup) *topology.NetworkFunction {
	if nf := g.NetworkFunctionActive; nf != nil && slices.Contains(g.NetworkFunction, nf) && v.isWell(g, nf) {
		return nf
	}
	for _, nf := range g.NetworkFunction {
		if v.isWell(g, nf) {
			return nf
		}
	}
	return nil
}

// isWell says whether a network function passes its health check; one without a check does. Where nothing is known of the
// check, the one that was chosen before does; where there are no probes, none.
func (v *View) isWell(g *topology.NetworkFunctionGroup, nf *topology.NetworkFunction) bool {
	if nf.HealthCheck == nil {
		return true
	}
	if nf.Inport == nil || nf.Outport == nil {
		return false
	}
	for _, m := range v.Before.ServiceMonitors {
		if m.Type == "network-function" && m.LogicalInputPort == nf.Inport.Name && m.LogicalPort == nf.Outport.Name {
			return m.Status == "online"
		}
	}
	_, _, probed := v.functionProbe()
	return probed && nf == g.NetworkFunctionActive
}
