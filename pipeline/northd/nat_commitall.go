package northd

import "ovnsim/pipeline"

// natCommitAllFeature tracks every connection in both zones, be it translated or not (options:ct-commit-all).
var natCommitAllFeature = feature{
	name:  "nat-commit-all",
	title: "Logical_Router options:ct-commit-all",
	stages: []pipeline.Stage{
		pipeline.LrInPostUnSNAT, pipeline.LrInDefrag, pipeline.LrInDNAT, pipeline.LrOutPostUnDNAT, pipeline.LrOutSNAT,
		pipeline.LrOutPostSNAT,
	},
	router: func(v *View, e *Emitter, r *Router) {
		if r.CommitAll {
			r.commitAll(e)
		}
		for _, p := range r.Ports {
			if intOption(p.Options, "gateway_mtu") > 0 {
				e.Add(r.DP, pipeline.LrOutPostSNAT, 100, "icmp && flags.icmp_snat == 1", "ct_commit_nat(snat);")
			}
		}
	},
}

func (r *Router) commitAll(e *Emitter) {
	if r.IsGateway {
		r.commitAllAt(e, "", "")
		return
	}
	for _, p := range r.GatewayPorts {
		resident := F(" && is_chassis_resident(%s)", p.Redirect)
		r.commitAllAt(e, F(" && inport == %s", p.Key)+resident, F(" && outport == %s", p.Key)+resident)
	}
}

func (r *Router) commitAllAt(e *Emitter, in, out string) {
	const untracked, new = "ip" + notReply, "ip && ct.new"
	e.Add(r.DP, pipeline.LrInPostUnSNAT, 10, new+in, "flags.unsnat_new = 1; next;")
	e.Add(r.DP, pipeline.LrInPostUnSNAT, 10, "ip && !ct.trk"+in, "flags.unsnat_not_tracked = 1; next;")
	e.Add(r.DP, pipeline.LrInDefrag, 10, untracked+in, "ct_next(dnat);")
	e.Add(r.DP, pipeline.LrInDNAT, 10, new+in, "ct_commit_to_zone(dnat);")
	e.Add(r.DP, pipeline.LrOutPostUnDNAT, 10, untracked+" && flags.unsnat_not_tracked == 1"+out, "ct_next(snat);")
	e.Add(r.DP, pipeline.LrOutPostUnDNAT, 10, "ip && flags.unsnat_new == 1"+out, "next;")
	e.Add(r.DP, pipeline.LrOutSNAT, 10, untracked+" && flags.unsnat_new == 1"+out, "ct_commit_to_zone(snat);")
	e.Add(r.DP, pipeline.LrOutSNAT, 10, "ip && ct.new"+out, "ct_commit_to_zone(snat);")
}
