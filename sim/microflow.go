package sim

import (
	"errors"
	"fmt"
	"slices"

	"ovnsim/lb"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

// ErrNoInport is what a microflow ends with that names no port of the datapath as its inport.
var ErrNoInport = errors.New("microflow does not specify ingress port")

// Microflow is the packet that an expression describes (ovn-trace(8), "DESCRIPTION"): every bit that the expression does not
// fix is 0. dp may be nil: the datapath is then the one of the expression's inport.
func (e *Engine) Microflow(dp *pipeline.Datapath, text string) (*pipeline.Datapath, expr.Key, error) {
	if dp == nil {
		var err error
		if dp, err = e.datapathOf(text); err != nil {
			return nil, expr.Key{}, err
		}
	}
	d := e.net.datapath(dp)
	if d == nil {
		return nil, expr.Key{}, fmt.Errorf("datapath %q is not of this database", dp.Name)
	}
	m, err := expr.ParseMicroflow(text, &microflowNames{e.binder.Env, e.net, d})
	switch {
	case err != nil:
		return dp, expr.Key{}, err
	case fieldInport.Get64(&m.Key) == 0:
		return dp, expr.Key{}, ErrNoInport
	}
	return dp, m.Key, nil
}

// datapathOf is the datapath of the one port that an expression names as inport.
func (e *Engine) datapathOf(text string) (*pipeline.Datapath, error) {
	x, err := expr.Parse(text)
	if err != nil {
		return nil, err
	}
	name, err := expr.Inport(x)
	if err != nil {
		return nil, err
	}
	p := e.net.findPort(name)
	if p == nil {
		return nil, fmt.Errorf("unknown port %q", name)
	}
	return p.dp.Datapath, nil
}

// Datapath is the datapath that ovn-trace takes a name or the first digits of a UUID for. Of several with one name it is the
// first of a hash table.
func (e *Engine) Datapath(name string) (*pipeline.Datapath, error) {
	found, err := e.sb.FindDatapaths(name)
	if err != nil || len(found) == 1 || found[0].Name != name && found[0].Name2 != name {
		return e.sb.FindDatapath(name)
	}
	rows := make([]ovsdb.UUID, len(e.sb.Datapaths))
	for i, dp := range e.sb.Datapaths {
		rows[i] = dp.UUID
	}
	t := lb.NewTable(func(i int) uint32 { return uuidHash(rows[i]) }, 1)
	for _, i := range rowOrder(rows) {
		t.Add(i)
	}
	for _, i := range t.Keys() {
		if dp := e.sb.Datapaths[i]; slices.Contains(found, dp) {
			e.Warnings = append(e.Warnings, fmt.Sprintf("there is more than one datapath %q; ovn-trace takes %s", name, dp.UUID))
			return dp, nil
		}
	}
	return nil, fmt.Errorf("there is no datapath %q", name)
}

// microflowNames tells a microflow what names stand for: ports of its datapath, by friendly names and parts of UUIDs too.
type microflowNames struct {
	expr.Env
	net *network
	dp  *datapath
}

// Port is 0, no port, for what the datapath does not have.
func (n *microflowNames) Port(name string) (uint32, bool) {
	if number := n.net.number(n.dp, name); number != 0 {
		return number, true
	}
	if p := n.net.findPort(name); p != nil && p.dp == n.dp {
		return p.number, true
	}
	return 0, true
}

// Resident is true: whoever asks in a microflow is told so.
func (n *microflowNames) Resident(string) bool { return true }

// Describe is a packet as ovn-trace shows the microflow that it traces: "# " and the fields as Open vSwitch writes them.
func (e *Engine) Describe(dp *pipeline.Datapath, key *expr.Key) string {
	w := e.begin(nil, nil)
	f := frame{key: *key, dp: e.net.datapath(dp), at: action.At{}}
	return "# " + trace.FormatFlow(key, w.tunnelKeys(&f), trace.Origin{}) + "\n"
}

// PortName is the port by which a microflow's packet comes in.
func (e *Engine) PortName(key *expr.Key) string {
	return e.net.names.Name(uint32(fieldInport.Get64(key)))
}
