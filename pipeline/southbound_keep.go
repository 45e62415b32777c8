package pipeline

import (
	"slices"

	"ovnsim/ovsdb"
)

// flowKey is what makes two logical flows the same one to ovn-northd.
type flowKey struct {
	pipeline       Pipeline
	table          uint8
	priority       uint16
	match, actions string
}

func (f *Flow) key() flowKey { return flowKey{f.Pipeline, f.Table, f.Priority, f.Match, f.Actions} }

// KeepRows gives flows that were there before the rows that they had: UUID and source. ovn-northd leaves rows alone whose
// flow has not changed, so these are what a database would hold after it has compiled the network anew.
func (sb *Southbound) KeepRows(before *Southbound) {
	was, all := before.Flows.All(), sb.Flows.All()
	rows := make(map[flowKey][]*Flow, len(was))
	for _, f := range was {
		rows[f.key()] = append(rows[f.key()], f)
	}
	for _, f := range all {
		i := f.closest(rows[f.key()])
		if i < 0 {
			continue
		}
		row := rows[f.key()][i]
		f.UUID, f.Source = row.UUID, row.Source
		rows[f.key()] = slices.Delete(rows[f.key()], i, i+1)
	}
	sb.Flows = NewFlows(all...) // what is written a datapath at a time has no rows
}

// closest is the row whose datapaths have most in common with the flow's, -1 when none has any.
func (f *Flow) closest(rows []*Flow) int {
	best, most := -1, 0
	for i, row := range rows {
		if n := row.Datapaths.common(f.Datapaths); n > most {
			best, most = i, n
		}
	}
	return best
}

// common counts the datapaths of two groups, of different databases, that are the same northbound row.
func (g *DatapathGroup) common(other *DatapathGroup) int {
	if len(g.Datapaths) == 1 && len(other.Datapaths) == 1 {
		if g.Datapaths[0].NbUUID == other.Datapaths[0].NbUUID {
			return 1
		}
		return 0
	}
	in := make(map[ovsdb.UUID]bool, len(g.Datapaths))
	for _, dp := range g.Datapaths {
		in[dp.NbUUID] = true
	}
	n := 0
	for _, dp := range other.Datapaths {
		if in[dp.NbUUID] {
			n++
		}
	}
	return n
}
