package northd

import "ovnsim/pipeline"

// dnsFeature answers DNS queries from the records of a switch.
var dnsFeature = feature{
	name:   "dns",
	title:  "DNS",
	stages: []pipeline.Stage{pipeline.LsInDNSLookup, pipeline.LsInDNSResponse, pipeline.LsOutACLEval},
	switch_: func(v *View, e *Emitter, s *Switch) {
		if !s.hasDNS() {
			return
		}
		e.AddMetered(s.DP, pipeline.LsInDNSLookup, 100, "udp.dst == 53", F(regDNSReply+" = dns_lookup(); next;"), s.meter("dns"))
		for _, ip := range []string{"ip4", "ip6"} {
			e.Add(s.DP, pipeline.LsInDNSResponse, 100, F("udp.dst == 53 && "+regDNSReply),
				F("eth.dst <-> eth.src; %s.src <-> %s.dst; udp.dst = udp.src; udp.src = 53; outport = inport; flags.loopback = 1; output;", ip, ip))
		}
		actions := F(regAllow + " = 1; next;")
		if s.Stateful() {
			actions = F(regAllow + " = 1; ct_commit; next;")
		}
		e.Add(s.DP, pipeline.LsOutACLEval, 34000, "flags.from_ctrl && udp.src == 53", actions)
	},
}

// hasDNS says whether a switch has names to answer for.
func (s *Switch) hasDNS() bool {
	for _, d := range s.DNSRecords {
		if len(d.Records) > 0 {
			return true
		}
	}
	return false
}
