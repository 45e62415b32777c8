package sim

import (
	"errors"
	"fmt"

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
