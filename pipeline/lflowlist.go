package pipeline

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
)

// LflowList says what WriteLflowList prints; the zero value prints everything as `ovn-sbctl lflow-list` does.
type LflowList struct {
	Datapath string   // a name or a UUID; "" for all
	Flows    []string // first digits of flow UUIDs, "0x" before them or not; none for all
	UUID     bool     // show the first 32 bits of each flow's UUID
}

// WriteLflowList prints logical flows as `ovn-sbctl lflow-list` does: datapaths by name, ingress before egress, tables in
// order, highest priority first, then by match and actions. A datapath that is not there or not unique is an error.
func (sb *Southbound) WriteLflowList(w io.Writer, list LflowList) error {
	shown := sb.Datapaths
	if list.Datapath != "" {
		dp, err := sb.FindDatapath(list.Datapath)
		if err != nil {
			return err
		}
		shown = []*Datapath{dp}
	}
	p := lflowPrinter{w: bufio.NewWriterSize(w, 1<<16), list: list}
	perDatapath := sb.flowsByDatapath(shown, list)
	for _, dp := range sortedDatapaths(shown) {
		p.datapath(dp, perDatapath[dp])
	}
	return p.w.Flush()
}

// sortedDatapaths orders datapaths as lflow-list does: by name, then by UUID, whoever made the Southbound.
func sortedDatapaths(all []*Datapath) []*Datapath {
	return slices.SortedFunc(slices.Values(all), func(a, b *Datapath) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.UUID[:], b.UUID[:]))
	})
}

// FindDatapath finds a datapath by its name, by OpenStack's friendly name, or by at least four digits of its northbound or
// southbound UUID. None and more than one are errors.
func (sb *Southbound) FindDatapath(name string) (*Datapath, error) {
	found, err := sb.FindDatapaths(name)
	if len(found) > 1 {
		return nil, fmt.Errorf("there is more than one datapath %q; give its UUID", name)
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// FindDatapaths is FindDatapath that gives all that a name or a piece of a UUID may mean. None is an error.
func (sb *Southbound) FindDatapaths(name string) ([]*Datapath, error) {
	for _, is := range []func(*Datapath) bool{
		func(dp *Datapath) bool { return dp.Name == name || dp.Name2 == name && name != "" },
		func(dp *Datapath) bool { return beginsUUID(name, dp.UUID) || beginsUUID(name, dp.NbUUID) },
	} {
		if found := filter(sb.Datapaths, is); len(found) > 0 {
			return found, nil
		}
	}
	return nil, fmt.Errorf("there is no datapath %q%s", name, sb.suggestDatapath())
}

func filter(all []*Datapath, is func(*Datapath) bool) (found []*Datapath) {
	for _, dp := range all {
		if is(dp) {
			found = append(found, dp)
		}
	}
	return found
}

// beginsUUID tells whether a name is the first digits of a UUID, enough of them to be meant so.
func beginsUUID(name string, u ovsdb.UUID) bool {
	return len(name) >= 4 && strings.HasPrefix(u.String(), strings.ToLower(name))
}

// suggestDatapath names datapaths to choose from, when they are few.
func (sb *Southbound) suggestDatapath() string {
	var names []string
	for _, dp := range sb.Datapaths {
		names = append(names, strconv.Quote(dp.Name))
	}
	if len(names) == 0 || len(names) > 12 {
		return ""
	}
	slices.Sort(names)
	return "; there are " + strings.Join(names, ", ")
}

// flowsByDatapath sorts all flows once and deals them out: flows of a group are compared once, not once per datapath.
func (sb *Southbound) flowsByDatapath(shown []*Datapath, list LflowList) map[*Datapath][]*Flow {
	out := make(map[*Datapath][]*Flow, len(shown))
	for _, dp := range shown {
		out[dp] = nil
	}
	wanted := make([]*Flow, 0, len(sb.Flows.All()))
	for _, f := range sb.Flows.All() {
		if list.wants(f) && slices.ContainsFunc(f.Datapaths.Datapaths, func(dp *Datapath) bool { _, ok := out[dp]; return ok }) {
			wanted = append(wanted, f)
		}
	}
	slices.SortStableFunc(wanted, compareFlows)
	for _, f := range wanted {
		for _, dp := range f.Datapaths.Datapaths {
			if flows, ok := out[dp]; ok {
				out[dp] = append(flows, f)
			}
		}
	}
	return out
}

// compareFlows orders the flows of one datapath.
func compareFlows(a, b *Flow) int {
	return cmp.Or(
		cmp.Compare(a.Pipeline, b.Pipeline),
		cmp.Compare(a.Table, b.Table),
		cmp.Compare(b.Priority, a.Priority),
		strings.Compare(a.Match, b.Match),
		strings.Compare(a.Actions, b.Actions),
	)
}

func (list LflowList) wants(f *Flow) bool {
	if len(list.Flows) == 0 {
		return true
	}
	id := ovsdb.UUID(f.UUID).String()
	return slices.ContainsFunc(list.Flows, func(prefix string) bool {
		return strings.HasPrefix(id, strings.ToLower(strings.TrimPrefix(prefix, "0x")))
	})
}

type lflowPrinter struct {
	w    *bufio.Writer
	list LflowList
	line []byte
}

func (p *lflowPrinter) datapath(dp *Datapath, flows []*Flow) {
	for i, f := range flows {
		if i == 0 || f.Pipeline != flows[i-1].Pipeline {
			fmt.Fprintf(p.w, "Datapath: %s(%s)  Pipeline: %s\n", quotedNames(dp), dp.UUID, f.Pipeline)
		}
		p.flow(f)
	}
}

// quotedNames is the heading's name: both names when there are two.
func quotedNames(dp *Datapath) string {
	switch {
	case dp.Name != "" && dp.Name2 != "":
		return `"` + dp.Name + `" aka "` + dp.Name2 + `" `
	case dp.Name != "" || dp.Name2 != "":
		return `"` + dp.Name + dp.Name2 + `" `
	}
	return ""
}

// flow writes a line by hand: there can be millions.
func (p *lflowPrinter) flow(f *Flow) {
	b := append(p.line[:0], "  "...)
	if p.list.UUID {
		b = append(b, "uuid=0x"...)
		b = hex.AppendEncode(b, f.UUID[:4])
		b = append(b, ", "...)
	}
	b = append(b, "table="...)
	b = pad(strconv.AppendUint(b, uint64(f.Table), 10), len(b)+2)
	b = append(b, '(')
	b = pad(append(b, f.StageName...), len(b)+19)
	b = append(b, "), priority="...)
	b = pad(strconv.AppendUint(b, uint64(f.Priority), 10), len(b)+5)
	b = append(b, ", match=("...)
	b = append(b, f.Match...)
	b = append(b, "), action=("...)
	b = append(b, f.Actions...)
	b = append(b, ")\n"...)
	p.line = b
	p.w.Write(b)
}

// pad fills b with spaces up to a length.
func pad(b []byte, length int) []byte {
	for len(b) < length {
		b = append(b, ' ')
	}
	return b
}
