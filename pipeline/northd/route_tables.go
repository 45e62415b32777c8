package northd

import (
	"strings"

	"ovnsim/topology"
)

// routeTables numbers a router's route tables. 0 is the main one; the others get numbers in the order in which ports,
// then routes name them, but keep those that they had before.
type routeTables struct {
	ids  map[string]int
	used map[int]bool
}

// tablesOf numbers the tables of a router. Routes that ovn-northd has no use for number none.
func (v *View) tablesOf(r *Router) *routeTables {
	t := &routeTables{ids: map[string]int{}, used: map[int]bool{}}
	before := v.tablesBefore[r.UUID]
	for _, row := range r.LogicalRouter.Ports {
		if name := row.Options["route_table"]; before != nil && name != "" {
			t.set(name, before.byPort[F("inport == \"%s\"", row.Name)])
		}
	}
	var used []*topology.LogicalRouterStaticRoute
	for _, row := range r.staticRoutes() {
		if row.RouteTable == "" {
			continue
		}
		one := v.staticRoute(r, row)
		if one == nil {
			continue
		}
		used = append(used, row)
		from := before
		if one.leaves(r) {
			from = v.tablesBefore[one.out.Router.UUID] // its flow is there
		}
		if from != nil {
			t.set(row.RouteTable, from.ofRoute(row, t.used))
		}
	}
	for _, row := range r.LogicalRouter.Ports {
		t.add(row.Options["route_table"])
	}
	for _, row := range used {
		t.add(row.RouteTable)
	}
	return t
}

func (t *routeTables) set(name string, id int) {
	if id != 0 && t.ids[name] == 0 && !t.used[id] {
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

// ofRoute is the table that a row's flow was in, 0 where none or a used one is found.
func (b *routerTablesBefore) ofRoute(row *topology.LogicalRouterStaticRoute, used map[int]bool) int {
	prefix, ok := parseNetwork(row.IPPrefix)
	if !ok {
		return 0
	}
	one := route{prefix: prefix.Masked()}
	for _, seen := range b.byRoute[one.address(row.Policy == "src-ip")] {
		if !used[seen.table] && strings.Contains(seen.actions, " = "+row.Nexthop+"; ") {
			return seen.table
		}
	}
	for _, seen := range b.byRoute[one.address(row.Policy == "src-ip")] {
		if !used[seen.table] && (!strings.Contains(seen.actions, regECMPGroup+" = 0; ") || strings.Contains(seen.actions, " = ip")) {
			return seen.table // a group, a drop, or the destination itself: no next hop to tell by
		}
	}
	return 0
}

// readTablesBefore reads the numbers of route tables off the flows that were there before.
func (v *View) readTablesBefore() {
	v.tablesBefore = map[[16]byte]*routerTablesBefore{}
	for _, f := range v.flowsBefore {
		if f.StageName != "lr_in_ip_routing_pre" && f.StageName != "lr_in_ip_routing" || f.Datapaths == nil {
			continue
		}
		id := leadingInt(strings.TrimPrefix(f.Actions, regRouteTable+" = "))
		table, rest, isRoute := strings.Cut(f.Match, " && ")
		if f.StageName == "lr_in_ip_routing" {
			id = leadingInt(strings.TrimPrefix(table, regRouteTable+" == "))
		}
		if id == 0 {
			continue
		}
		for _, dp := range f.Datapaths.Datapaths {
			b := v.tablesBefore[dp.NbUUID]
			if b == nil {
				b = &routerTablesBefore{byPort: map[string]int{}, byRoute: map[string][]tableRoute{}}
				v.tablesBefore[dp.NbUUID] = b
			}
			if isRoute {
				b.byRoute[rest] = append(b.byRoute[rest], tableRoute{id, f.Actions})
			} else {
				b.byPort[f.Match] = id
			}
		}
	}
}
