package trace_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/trace"
)

// walkthrough is a packet that is cloned, forked and delivered.
func walkthrough() ([]trace.Event, *pipeline.Southbound) {
	dp := &pipeline.Datapath{Name: "sw"}
	vm := &pipeline.PortBinding{LogicalPort: "0f5a6b4e-0000-4000-8000-000000000001", ExternalIDs: map[string]string{"name": "web"}}
	in, out := &trace.Port{Name: "p"}, &trace.Port{Name: vm.LogicalPort, Binding: vm}
	lookup := &pipeline.Flow{StageName: "ls_in_l2_lkup", Priority: 50, Match: `eth.dst == 00:00:00:00:00:01 && outport == "` + vm.LogicalPort + `"`}
	actions, _ := action.Parse(`clone { outport = "p"; }; ip.ttl--; next(5);`)
	at := action.At{Pipeline: action.Ingress, Table: 3}
	return []trace.Event{
		{Kind: trace.Enter, Datapath: dp, In: in},
		{Kind: trace.Table, Depth: 1, Number: 3, Flow: lookup},
		{Kind: trace.Act, Depth: 2, Action: actions[0], At: at},
		{Kind: trace.Fork, Depth: 2, Text: "clone"},
		{Kind: trace.Act, Depth: 3},
		{Kind: trace.Act, Depth: 2, Action: actions[1], At: at},
		{Kind: trace.Modify, Depth: 2, Text: "ip.ttl--"},
		{Kind: trace.Act, Depth: 2, Action: actions[2], At: at},
		{Kind: trace.Table, Depth: 2, Number: 5, Stage: "ls_in_l2_unknown"},
		{Kind: trace.Enter, Depth: 2, Pipeline: pipeline.Egress, Datapath: dp, In: in, Out: out},
		{Kind: trace.Output, Depth: 3, Text: `/* output to "%s", type "" */`, To: []*trace.Port{out}},
		{Kind: trace.Modify, Depth: 3, Text: `output("%s")`, To: []*trace.Port{out}},
	}, &pipeline.Southbound{Datapaths: []*pipeline.Datapath{dp}, Ports: []*pipeline.PortBinding{vm}}
}

func ExampleForms_Write() {
	events, sb := walkthrough()
	_ = trace.Forms{Detailed: true}.Write(os.Stdout, events, trace.NewNames(sb, true))
	// Output:
	// ingress(dp="sw", inport="p")
	// ----------------------------
	//  3. ls_in_l2_lkup: eth.dst == 00:00:00:00:00:01 && outport == "web", priority 50
	//     clone { outport = "p"; };
	//
	//     clone
	//     -----
	//             drop;
	//     ip.ttl--;
	//     next(5);
	//      5. ls_in_l2_unknown: no match (implicit drop)
	//
	// egress(dp="sw", inport="p", outport="web")
	// ------------------------------------------
	//     /* output to "web", type "" */
}

func TestShorterForms(t *testing.T) {
	events, sb := walkthrough()
	for _, c := range []struct {
		name  string
		forms trace.Forms
		want  []string
	}{
		{"summary", trace.Forms{Summary: true}, []string{
			`ingress(dp="sw", inport="p") {`, `    clone { outport = "p"; };`, `    clone {`, `        drop;`, `    };`, `    ip.ttl--;`,
			`    egress(dp="sw", inport="p", outport="web") {`, `        /* output to "web", type "" */;`, `    };`, `};`}},
		{"minimal", trace.Forms{Minimal: true}, []string{`clone;`, `ip.ttl--;`, `output("web");`}},
	} {
		var out strings.Builder
		require.NoError(t, c.forms.Write(&out, events, trace.NewNames(sb, true)))
		assert.Equal(t, strings.Join(c.want, "\n")+"\n", out.String(), c.name)
	}
	var out strings.Builder
	require.NoError(t, trace.Forms{Detailed: true, Summary: true, Minimal: true}.Write(&out, nil, trace.NewNames(sb, true)))
	assert.Equal(t, "# Detailed trace.\n# Summary trace.\n# Minimal trace.\n", out.String())
}

func TestNames(t *testing.T) {
	const uuid = "0f5a6b4e-0000-4000-8000-000000000001"
	sb := &pipeline.Southbound{Ports: []*pipeline.PortBinding{
		{LogicalPort: "a", ExternalIDs: map[string]string{"name": `say "hi"`}}, {LogicalPort: "tap-" + uuid}, {LogicalPort: "plain"}}}
	friendly, raw := trace.NewNames(sb, true), trace.NewNames(sb, false)
	for _, c := range []struct{ text, friendly string }{
		{`inport == "a"`, `inport == "say \"hi\""`},
		{`inport == {"plain", "tap-` + uuid + `"}`, `inport == {"plain", "tap-0f5a6b"}`},
		{`outport = "a\"b"; next;`, `outport = "a\"b"; next;`},
		{`a "unfinished`, `a "unfinished`},
	} {
		assert.Equal(t, c.friendly, friendly.Text(c.text))
		assert.Equal(t, c.text, raw.Text(c.text))
	}
	assert.Equal(t, "net-0f5a6b", friendly.Datapath(&pipeline.Datapath{Name: uuid, Name2: "net-" + uuid}))
	assert.Equal(t, "00000000-0000-0000-0000-000000000000", raw.Datapath(&pipeline.Datapath{Name: "sw"}))
}
