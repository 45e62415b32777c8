package fuzznb

import (
	"fmt"

	"ovnsim/topology"
)

// fillACLs adds ACLs to switches and port groups, with everything that an ACL may ask for.
func fillACLs(b *Builder) {
	b.Some(10, map[string]func(){
		"default_acl_drop":   func() { Set(&b.Global.Options, "default_acl_drop", b.Flag()) },
		"use_ct_inv_match":   func() { Set(&b.Global.Options, "use_ct_inv_match", b.Flag()) },
		"acl_ct_translation": func() { Set(&b.Global.Options, "acl_ct_translation", b.Flag()) },
	})
	for _, name := range []string{"m1", "m2"} {
		m := Add(b, &topology.Meter{Name: name, Unit: "pktps"})
		m.Bands = []*topology.MeterBand{Add(b, &topology.MeterBand{Action: "drop", Rate: 10})}
		if name == "m2" {
			yes := true
			m.Fair = &yes
		}
	}
	s := &aclBuilder{Builder: b}
	if b.Chance(3) {
		s.sampling()
	}
	if b.Chance(6) {
		s.functions()
	}
	for _, sw := range b.Switches {
		if b.Chance(2) {
			for range b.Intn(4) {
				sw.ACLs = append(sw.ACLs, s.acl())
			}
		}
	}
	for range b.Intn(3) {
		g := Add(b, &topology.PortGroup{Name: b.Name("pg")})
		seen := map[*topology.LogicalSwitchPort]bool{}
		for range b.Intn(4) {
			if ports := b.SwitchPorts(); len(ports) > 0 {
				if p := ports[b.Intn(len(ports))]; !seen[p] {
					seen[p] = true
					g.Ports = append(g.Ports, p)
				}
			}
		}
		for range b.Intn(3) {
			g.ACLs = append(g.ACLs, s.acl())
		}
	}
}

type aclBuilder struct {
	*Builder
	samples []*topology.Sample
	groups  []*topology.NetworkFunctionGroup
}

func (b *aclBuilder) acl() *topology.ACL {
	a := Add(b.Builder, &topology.ACL{
		Priority: int64(b.Intn(8)), Direction: b.Pick("from-lport", "to-lport"),
		Match:  b.Pick("ip4", "ip6 && tcp", "inport == \"vm1\"", "1", "ip4.src == $as1", "outport == @pg9 && udp.dst == 53", "not a match", ""),
		Action: b.Pick("allow", "allow-related", "allow-stateless", "drop", "reject", "pass"),
	})
	b.Some(5, map[string]func(){
		"log":      func() { a.Log = true },
		"name":     func() { a.Name = b.Name("acl") },
		"severity": func() { a.Severity = b.Pick("alert", "debug", "info") },
		"meter":    func() { a.Meter = b.Pick("m1", "m2", "m3") },
		"label":    func() { a.Label = int64(b.Intn(4)) },
		"tier":     func() { a.Tier = int64(b.Intn(4)) },
		"after":    func() { Set(&a.Options, "apply-after-lb", b.Flag()) },
		"persist":  func() { Set(&a.Options, "persist-established", b.Flag()) },
		"related":  func() { a.Log, a.Label = true, int64(b.Intn(4)); Set(&a.Options, "log-related", b.Flag()) },
		"new":      func() { a.SampleNew = b.sample() },
		"est":      func() { a.SampleEst = b.sample() },
		"nf": func() {
			if len(b.groups) > 0 {
				a.NetworkFunctionGroup = b.groups[b.Intn(len(b.groups))]
			}
		},
	})
	return a
}

func (b *aclBuilder) sample() *topology.Sample {
	if len(b.samples) == 0 {
		return nil
	}
	return b.samples[b.Intn(len(b.samples))]
}

func (b *aclBuilder) sampling() {
	for i, kind := range []string{"drop", "acl-new", "acl-est"} {
		if b.Chance(2) {
			Add(b.Builder, &topology.SamplingApp{Type: kind, ID: int64(40 + i)})
		}
	}
	var collectors []*topology.SampleCollector
	for i := range 3 {
		collectors = append(collectors, Add(b.Builder, &topology.SampleCollector{ID: int64(1 + i), Name: fmt.Sprint("c", i), Probability: int64(b.Intn(65536)), SetID: int64(100 + i)}))
	}
	for i := range 4 {
		s := Add(b.Builder, &topology.Sample{Metadata: int64(1000 + i)})
		s.Collectors = append(s.Collectors, collectors[b.Intn(3):]...)
		if b.Chance(3) {
			s.Collectors = s.Collectors[:1]
		}
		b.samples = append(b.samples, s)
	}
}

// functions makes network functions, some with children on other switches.
func (b *aclBuilder) functions() {
	var all []*topology.NetworkFunction
	for i := range 1 + b.Intn(2) {
		home, in, out := b.Switches[0], b.Name("nfi"), b.Name("nfo")
		nf := &topology.NetworkFunction{Name: b.Name("nf"), ID: int64(1 + i)}
		nf.Inport = b.addPort(home, &topology.LogicalSwitchPort{Name: in, Options: map[string]string{"is-nf": "true", "nf-linked-port": out}})
		nf.Outport = b.addPort(home, &topology.LogicalSwitchPort{Name: out, Options: map[string]string{"is-nf": "true", "nf-linked-port": in}})
		if s := b.Switches[b.Intn(len(b.Switches))]; s != home {
			tag := int64(7 + i)
			b.addPort(s, &topology.LogicalSwitchPort{Name: b.Name("nfci"), ParentName: in, TagRequest: &tag})
			b.addPort(s, &topology.LogicalSwitchPort{Name: b.Name("nfco"), ParentName: out, TagRequest: &tag})
		}
		all = append(all, Add(b.Builder, nf))
	}
	for i := range 1 + b.Intn(2) {
		g := Add(b.Builder, &topology.NetworkFunctionGroup{Name: b.Name("nfg"), ID: int64(10 + i), Mode: "inline", Fallback: b.Pick("", "fail-open", "fail-close")})
		g.NetworkFunction = append(g.NetworkFunction, all[b.Intn(len(all)):]...)
		b.groups = append(b.groups, g)
	}
}
