package northd

import "ovnsim/pipeline"

// binding is what identifies the Port_Binding row of a port, of its chassisredirect port or of a mirror port, and the row
// itself once it is made.
type binding struct {
	name   string
	key    int                   // its tunnel key
	before *pipeline.PortBinding // the row that it had before on the same datapath, nil without one
	row    *pipeline.PortBinding
}

// begin fills in what identifies a row, and the columns that the chassis write, as they were before.
func (b *binding) begin(row *pipeline.PortBinding, dp *pipeline.Datapath) {
	b.row = row
	row.LogicalPort, row.Datapath, row.TunnelKey = b.name, dp, uint16(b.key)
	if old := b.before; old != nil {
		row.UUID, row.Chassis, row.AdditionalChassis, row.Up = old.UUID, old.Chassis, old.AdditionalChassis, old.Up
	}
}

// bindingBefore is the row that a port had before on the same datapath, nil without one.
func (v *View) bindingBefore(name string, dp *pipeline.Datapath) *pipeline.PortBinding {
	old := v.portsBefore.find(name)
	if old == nil || old.Datapath == nil || old.Datapath.NbUUID != dp.NbUUID {
		return nil
	}
	return old
}

// rowsBefore finds the Port_Binding rows from before. Rows are mostly asked for in the order in which they were written;
// some that are not are searched for, and for many there is an index.
type rowsBefore struct {
	rows     []*pipeline.PortBinding
	next     int // the row after the one that was found last
	searched int
	byName   map[string]*pipeline.PortBinding
}

// someSearches is how many names are searched for before an index is made.
const someSearches = 8

func (b *rowsBefore) find(name string) *pipeline.PortBinding {
	switch {
	case b.byName != nil:
		return b.byName[name]
	case b.next < len(b.rows) && b.rows[b.next].LogicalPort == name:
		b.next++
		return b.rows[b.next-1]
	case b.searched == someSearches:
		b.byName = make(map[string]*pipeline.PortBinding, len(b.rows))
		for _, p := range b.rows {
			b.byName[p.LogicalPort] = p
		}
		return b.byName[name]
	}
	b.searched++
	for i, p := range b.rows {
		if p.LogicalPort == name {
			b.next = i + 1
			return p
		}
	}
	return nil
}
