package northd

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// multicastFeature is IP multicast snooping on switches: reports go to the controller, groups to those who joined.
var multicastFeature = feature{
	name:    "multicast-snooping",
	title:   "IP multicast snooping",
	stages:  []pipeline.Stage{pipeline.LsInL2Lkup, pipeline.LsOutPreLB},
	switch_: snoopMulticast,
}

func snoopMulticast(v *View, e *Emitter, s *Switch) {
	if !s.Snoop {
		return
	}
	e.AddMetered(s.DP, pipeline.LsInL2Lkup, 100, "flags.igmp_loopback == 0 && igmp", "igmp;", s.meter("igmp"))
	e.AddMetered(s.DP, pipeline.LsInL2Lkup, 100, "flags.igmp_loopback == 0 && (mldv1 || mldv2)", "igmp;", s.meter("igmp"))
	e.Add(s.DP, pipeline.LsInL2Lkup, 85, "ip4.mcast && ip4.dst == 224.0.0.0/24", F("outport = "+mcFloodL2+"; output;"))
	e.Add(s.DP, pipeline.LsInL2Lkup, 85, "ip6.mcast_flood", F("outport = "+mcFlood+"; output;"))
	s.hearRemote(e)
	for _, address := range s.joined(v) {
		if forwarded(address) {
			s.forwardGroup(e, address)
		}
	}
	if s.FloodUnknown {
		return
	}
	actions := ""
	if s.Relay {
		actions = F("clone { outport = " + mcMrouterFlood + "; output; }; ")
	}
	switch {
	case s.FloodPorts:
		actions += F("outport =" + mcStatic + "; output;")
	case !s.Relay:
		actions = v.Drop
	}
	e.Add(s.DP, pipeline.LsInL2Lkup, 80, "ip4.mcast || ip6.mcast", actions)
}

// hearRemote shows the controller the reports that come to a transit switch from other availability zones.
func (s *Switch) hearRemote(e *Emitter) {
	if s.OtherConfig["interconn-ts"] == "" {
		return
	}
	for _, p := range s.Ports {
		if p.Type != "remote" {
			continue
		}
		for _, report := range []string{"igmp", "(mldv1 || mldv2)"} {
			e.AddMetered(s.DP, pipeline.LsOutPreLB, 120, F("inport == %s && %s && flags.igmp_loopback == 0", p.Key, report),
				"clone { igmp; }; next;", s.meter("igmp"))
		}
	}
}

// forwarded says whether a group goes only to those who joined: not those that everybody is in (RFC 5771, section 4;
// RFC 4291, 2.7.1).
func forwarded(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && !localControl.Contains(a) && !slices.Contains(wellKnown6, a)
}

// forwardGroup sends a learned group to its members, to routers that relay, and to the ports that take everything. The
// blanks are ovn-northd's.
func (s *Switch) forwardGroup(e *Emitter, address string) {
	ip := "ip4"
	if strings.Contains(address, ":") {
		ip = "ip6"
	}
	actions := ""
	if s.Relay {
		actions = F("clone { outport = " + mcMrouterFlood + "; output; };")
	}
	if s.FloodPorts {
		actions += F("clone { outport =" + mcStatic + "; output; };")
	}
	e.Add(s.DP, pipeline.LsInL2Lkup, 90, F("eth.mcast && %s && %s.dst == %s ", ip, ip, address), actions+F("outport = %s; output; ", quote(address)))
}

// wellKnown6 is the groups of all nodes and of all routers (RFC 4291, 2.7.1), which go everywhere.
var wellKnown6 = []netip.Addr{
	netip.MustParseAddr("ff02::1"), netip.MustParseAddr("ff01::2"), netip.MustParseAddr("ff02::2"), netip.MustParseAddr("ff05::2"),
}

// localControl is the groups that routers do not forward (RFC 5771, section 4).
var localControl = netip.MustParsePrefix("224.0.0.0/24")
