package northd

import (
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// fdbFeature learns the addresses behind ports that do not say which they have.
var fdbFeature = feature{
	name:  "fdb",
	title: "MAC learning",
	stages: []pipeline.Stage{
		pipeline.LsInLookupFDB, pipeline.LsInPutFDB, pipeline.LsOutLookupFDB, pipeline.LsOutPutFDB,
	},
	switchPort: learnMAC,
}

func learnMAC(v *View, e *Emitter, p *SwitchPort) {
	lookup, put, flags := pipeline.LsInLookupFDB, pipeline.LsInPutFDB, text("")
	switch {
	case p.secured() || !p.Unknown:
		return
	case p.Type == "switch":
	case p.Type == "" && !boolOption(p.Options, "lsp_learn_fdb", true):
		return // the manual says lsp_learn_mac, which ovn-northd does not read
	case p.Type == "":
	case p.Type == "remote":
		lookup, put = pipeline.LsOutLookupFDB, pipeline.LsOutPutFDB
	case p.Type == "localnet" && boolOption(p.Options, "localnet_learn_fdb", false):
		flags = "flags.localnet = 1; "
	default:
		return
	}
	e.Add(p.Switch.DP, lookup, 100, F("inport == %s", p.Key), F(flags+regKnownMAC+" = lookup_fdb(inport, eth.src); next;"))
	e.Add(p.Switch.DP, put, 100, F("inport == %s && "+regKnownMAC+" == 0", p.Key), "put_fdb(inport, eth.src); next;")
}

// secured says whether an element of port_security can be read.
func (p *SwitchPort) secured() bool {
	return slices.ContainsFunc(p.PortSecurity, func(text string) bool {
		_, ok := parsePortAddress(strings.TrimPrefix(text, "VRRPv3;"))
		return ok
	})
}
