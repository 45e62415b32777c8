package northd

import (
	"sort"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// aclSampleFeature reports what ACLs matched to sample collectors (IPFIX).
var aclSampleFeature = feature{
	name:   "acl-sample",
	title:  "ACL sampling",
	stages: []pipeline.Stage{pipeline.LsInACLSample, pipeline.LsInACLAfterLBSample, pipeline.LsOutACLSample},
	global: sampleACLs,
}

var aclSampleStage = [aclStages]pipeline.Stage{pipeline.LsInACLSample, pipeline.LsInACLAfterLBSample, pipeline.LsOutACLSample}

// label is the part of an ACL's actions that notes its label or its samples for the stages after it; established says
// that the connection will be committed with them.
func (f aclFlows) label(established bool) string {
	a := f.acl
	if a.Label != 0 {
		return f.note(a.Label, a.Label, 0, 0)
	}
	est := a.SampleEst
	if !established {
		est = nil
	}
	if a.SampleNew == nil && est == nil {
		return ""
	}
	return f.note(metadata(a.SampleNew), metadata(est), onlyCollector(a.SampleNew), onlyCollector(est))
}

func (f aclFlows) note(point, pointEst, collector, collectorEst int64) string {
	return F(regACLLabel+" = 1; "+regSamplePoint+" = %d; "+regSamplePointEst+" = %d; "+regSampleCollector+" = %d; "+
		regSampleCollectorE+" = %d; "+regSampleStage+" = %d; ", point, pointEst, collector, collectorEst, f.stage)
}

func metadata(s *topology.Sample) int64 {
	if s == nil {
		return 0
	}
	return s.Metadata
}

// onlyCollector is the number of a sample's only collector. A sample with several has flows of its own and needs none.
func onlyCollector(s *topology.Sample) int64 {
	if s == nil || len(s.Collectors) != 1 {
		return 0
	}
	return s.Collectors[0].ID
}

func sampleACLs(v *View, e *Emitter) {
	apps, generic := v.samplingApps(), v.supports("ovn-sample-with-registers")
	for _, scope := range v.aclScopes() {
		keys, groups := splitGroups(v, scope.switches, func(s *Switch) bool { return s.ACL.Stateful })
		for _, a := range scope.acls {
			for _, stateful := range keys {
				f := aclSample{e, groups[stateful], a, stateful && a.Action != "allow-stateless", aclStage(a), apps, generic}
				if a.SampleNew != nil {
					f.opened()
				}
				if a.SampleEst != nil && f.stateful && (a.SampleNew != nil || a.Action == "allow-related") {
					f.established()
				}
			}
		}
	}
}

// samplingApps is the numbers of the applications that samples are made for, by type.
func (v *View) samplingApps() map[string]int64 {
	apps := map[string]int64{}
	for _, a := range v.Topology.SamplingApp {
		apps[a.Type] = a.ID
	}
	return apps
}

// aclSample writes the sampling flows of one ACL.
type aclSample struct {
	e        *Emitter
	on       *Group
	acl      *topology.ACL
	stateful bool // the ACL's packets are tracked
	stage    int
	apps     map[string]int64
	generic  bool // chassis can sample by what registers say, so that ACLs with one collector share flows
}

// opened samples new connections. All ACLs that have the same only collector share a flow.
func (f aclSample) opened() {
	stage, match, generic := aclSampleStage[f.stage], text("ip && "), 900
	if f.stateful {
		generic = 1000
		match = "ip && ct.new && "
		if f.stage == toLport {
			match = "ip && (ct.new || !ct.trk) && "
		}
	}
	if c := f.acl.SampleNew.Collectors; len(c) == 1 && f.generic {
		f.e.AddGroup(f.on, stage, generic, F(match+regSampleCollector+" == %d && "+regSampleStage+" == %d", c[0].ID, f.stage),
			sampled(sampleOne(c[0], f.apps["acl-new"], F(regSamplePoint))))
		return
	}
	f.e.AddGroup(f.on, stage, 1100, F(match+regSamplePoint+" == %d", f.point(f.acl.SampleNew)), f.sampleAll(f.acl.SampleNew, "acl-new"))
}

// established samples connections that are committed, and in the other pipeline their replies.
func (f aclSample) established() {
	const match = "flags.pkt_sampled == 0 && ip && ct.trk && (ct.est || ct.rel) && "
	stage, back, s := aclSampleStage[f.stage], pipeline.LsOutACLSample, f.acl.SampleEst
	if f.stage == toLport {
		back = pipeline.LsInACLSample
	}
	if len(s.Collectors) == 1 && f.generic {
		c := s.Collectors[0]
		actions := sampled(sampleOne(c, f.apps["acl-est"], "ct_label.obs_point_id"))
		f.e.AddGroup(f.on, stage, 1000, F(match+"ct_label.obs_unused == 0 && !ct.rpl && ct_mark.obs_collector_id == %d && ct_mark.obs_stage == %d",
			c.ID, f.stage), actions)
		f.e.AddGroup(f.on, back, 1000, F(match+"ct_label.obs_unused == 0 && ct.rpl && ct_mark.obs_collector_id == %d", c.ID), actions)
		return
	}
	actions := f.sampleAll(s, "acl-est")
	f.e.AddGroup(f.on, stage, 1200, F(match+"!ct.rpl && ct_label.obs_point_id == %d && ct_label.obs_unused == 0", f.point(s)), actions)
	f.e.AddGroup(f.on, back, 1200, F(match+"ct.rpl && ct_label.obs_point_id == %d && ct_label.obs_unused == 0", f.point(s)), actions)
}

// point is a sample's observation point; the ACL's label takes its place.
func (f aclSample) point(s *topology.Sample) int64 {
	if f.acl.Label != 0 {
		return f.acl.Label
	}
	return s.Metadata
}

// sampleAll samples for all collectors, in the order of their rows' UUIDs. Without an application there are no actions.
func (f aclSample) sampleAll(s *topology.Sample, app string) string {
	domain := f.apps[app]
	if domain == 0 {
		return ""
	}
	if f.acl.Label != 0 {
		domain = 0
	}
	if len(s.Collectors) == 0 {
		return " next;"
	}
	collectors := append([]*topology.SampleCollector(nil), s.Collectors...)
	sort.Slice(collectors, func(i, j int) bool { return collectors[i].UUID.String() < collectors[j].UUID.String() })
	var all []string
	for _, c := range collectors {
		all = append(all, sampleOne(c, domain, F("%d", f.point(s))))
	}
	return sampled(strings.Join(all, ""))
}

func sampled(samples string) string { return "flags.pkt_sampled = 1; " + samples + " next;" }

func sampleOne(c *topology.SampleCollector, domain int64, point string) string {
	return F("sample(probability=%d,collector_set=%d,obs_domain=%d,obs_point=%s);", c.Probability, c.SetID, domain, point)
}
