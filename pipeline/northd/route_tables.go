package northd

import (
	"slices"
	"sort"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// routeTables numbers route tables, one numbering for all routers. 0 is the main one; the others get numbers in the order
// in which ovn-northd meets the routers, and in a router ports, then routes, but keep those that they had before.
type routeTables struct {
	ids  map[string]int
	used map[int]bool
}

// numberTables numbers the tables of all routers.
func (v *View) numberTables() {
	t := &routeTables{ids: map[string]int{}, used: map[int]bool{}}
	var named []*Router
	for _, r := range v.routersHashed() {
		if r.namesTables() {
			named = append(named, r)
		}
	}
	for _, r := range named {
		for _, row := range r.LogicalRouter.Ports {
			if before := v.tablesBefore[r.UUID]; before != nil {
				t.set(row.Options["route_table"], before.byPort[F("inport == \"%s\"", row.Name)])
			}
		}
	}
	for _, sure := range []bool{true, false} {
		for _, r := range named {
			for _, one := range v.tableRoutes(r) {
				at := r
				if one.out != nil {
					at = one.out.Router // its flow is there, even where that is another router
				}
				if before := v.tablesBefore[at.UUID]; before != nil {
					t.set(one.row.RouteTable, before.ofRoute(one, t.used, sure))
				}
			}
		}
	}
	for _, r := range named {
		for _, row := range r.portsAsStored() {
			t.add(row.Options["route_table"])
		}
		for _, one := range v.tableRoutes(r) {
			t.add(one.row.RouteTable)
		}
	}
	for _, r := range v.Routers {
		r.tables = t
	}
}

// namesTables says whether a port or a route of the router is about a table other than the main one.
func (r *Router) namesTables() bool {
	return slices.ContainsFunc(r.LogicalRouter.Ports, func(row *topology.LogicalRouterPort) bool { return row.Options["route_table"] != "" }) ||
		slices.ContainsFunc(r.StaticRoutes, func(row *topology.LogicalRouterStaticRoute) bool { return row.RouteTable != "" })
}

// portsAsStored are the rows of all ports, those that are of no use, too, in the order that OVSDB keeps them in.
func (r *Router) portsAsStored() []*topology.LogicalRouterPort {
	rows := append([]*topology.LogicalRouterPort(nil), r.LogicalRouter.Ports...)
	sort.SliceStable(rows, func(i, j int) bool { return string(rows[i].UUID[:]) < string(rows[j].UUID[:]) })
	return rows
}

// tableRoutes are the router's routes in tables other than the main one. Those that ovn-northd has no use for are missing,
// and number no table.
func (v *View) tableRoutes(r *Router) (out []*route) {
	for _, row := range r.staticRoutes() {
		if row.RouteTable != "" {
			if one := v.staticRoute(r, row); one != nil {
				out = append(out, one)
			}
		}
	}
	return out
}

func (t *routeTables) set(name string, id int) {
	if name != "" && id != 0 && t.ids[name] == 0 && !t.used[id] {
		t.ids[name], t.used[id] = id, true
	}
}

func (t *routeTables) add(name string) {
	for id := 1; name != "" && t.ids[name] == 0; id++ {
		t.set(name, id)
	}
}

// routerTablesBefore is what a router's flows from before tell of its tables.
type routerTablesBefore struct {
	byPort  map[string]int          // by the match of the port's flow
	byRoute map[string][]tableRoute // by what follows the table in the match of a route's flow
}

type tableRoute struct {
	table   int
	actions string
}

// ofRoute is the table that a route's flow was in, 0 where none or a used one is found. Not every flow tells surely whose it
// is: that of a group, a drop, or of the destination itself has no next hop to tell by.
func (b *routerTablesBefore) ofRoute(one *route, used map[int]bool, sure bool) int {
	for _, seen := range b.byRoute[one.address(one.bySource)] {
		vague := !strings.Contains(seen.actions, regECMPGroup+" = 0; ") || strings.Contains(seen.actions, " = ip")
		if !used[seen.table] && (sure && strings.Contains(seen.actions, " = "+one.row.Nexthop+"; ") || !sure && vague) {
			return seen.table
		}
	}
	return 0
}

// readTablesBefore reads the numbers of route tables off the flows that were there before, and numbers the tables.
func (v *View) readTablesBefore() {
	v.tablesBefore = map[[16]byte]*routerTablesBefore{}
	for _, f := range v.flowsBefore {
		if f.Datapaths == nil {
			continue
		}
		switch f.StageName {
		case "lr_in_ip_routing_pre":
			if id := leadingInt(strings.TrimPrefix(f.Actions, regRouteTable+" = ")); id != 0 {
				for _, dp := range f.Datapaths.Datapaths {
					v.tableBefore(dp).byPort[f.Match] = id
				}
			}
		case "lr_in_ip_routing":
			_, table, _ := strings.Cut(f.Match, regRouteTable+" == ")
			if _, rest, ok := strings.Cut(table, " && "); ok && leadingInt(table) != 0 {
				for _, dp := range f.Datapaths.Datapaths {
					b := v.tableBefore(dp)
					b.byRoute[rest] = append(b.byRoute[rest], tableRoute{leadingInt(table), f.Actions})
				}
			}
		}
	}
	v.numberTables()
}

func (v *View) tableBefore(dp *pipeline.Datapath) *routerTablesBefore {
	if v.tablesBefore[dp.NbUUID] == nil {
		v.tablesBefore[dp.NbUUID] = &routerTablesBefore{byPort: map[string]int{}, byRoute: map[string][]tableRoute{}}
	}
	return v.tablesBefore[dp.NbUUID]
}
