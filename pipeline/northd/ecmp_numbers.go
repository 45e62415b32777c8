package northd

import (
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// ecmpNumbers numbers groups of next hops, and the members in them, for routes and policies. The numbers follow from
// nothing in the northbound database; those that a group had before it keeps, so that connections keep their way.
type ecmpNumbers struct {
	group  map[ecmpKey]int          // by the match of the group's flow, for policies with its priority
	member map[ecmpKey]int          // by the group's match in the next stage and the member's actions
	taken  map[ecmpKey]map[int]bool // group numbers, by router and stage
}

// ecmpKey is a router, the stage that chooses a group there, and a text.
type ecmpKey struct {
	router ovsdb.UUID
	stage  pipeline.Stage
	text   string
}

// ecmpStages are the stages that choose a group, each with the one that follows it and looks up the member.
var ecmpStages = map[string]pipeline.Stage{
	"lr_in_ip_routing": pipeline.LrInIPRouting, "lr_in_policy": pipeline.LrInPolicy,
	"lr_in_ip_routing_ecmp": pipeline.LrInIPRouting, "lr_in_policy_ecmp": pipeline.LrInPolicy,
}

// keepsNumbers says whether the router's flows have numbers that the next version of the network must know: it has
// policies, route tables, or several routes to one network.
func (r *Router) keepsNumbers(v *View) bool {
	return len(r.Policies) > 0 || len(r.tables.ids) > 0 || slices.ContainsFunc(groupRoutes(v.routes(r)), (*ecmpGroup).isECMP)
}

// numbersBefore reads the numbers off the flows that were there before.
func (v *View) numbersBefore() *ecmpNumbers {
	n := &ecmpNumbers{group: map[ecmpKey]int{}, member: map[ecmpKey]int{}, taken: map[ecmpKey]map[int]bool{}}
	for _, f := range v.flowsBefore {
		stage, ok := ecmpStages[f.StageName]
		if !ok || f.Datapaths == nil {
			continue
		}
		for _, dp := range f.Datapaths.Datapaths {
			if group, member, ok := strings.Cut(f.Match, " && "+regECMPMember+" == "); ok {
				n.member[ecmpKey{dp.NbUUID, stage, group + f.Actions}] = leadingInt(member)
			} else if _, rest, ok := strings.Cut(f.Actions, regECMPGroup+" = "); ok && leadingInt(rest) != 0 {
				text := f.Match
				if stage == pipeline.LrInPolicy {
					text = F("%d ", f.Priority) + f.Match
				}
				n.group[ecmpKey{dp.NbUUID, stage, text}] = leadingInt(rest)
				n.take(dp.NbUUID, stage, leadingInt(rest))
			}
		}
	}
	return n
}

func (n *ecmpNumbers) take(router ovsdb.UUID, stage pipeline.Stage, number int) bool {
	k := ecmpKey{router, stage, ""}
	if n.taken[k] == nil {
		n.taken[k] = map[int]bool{}
	}
	if n.taken[k][number] {
		return false
	}
	n.taken[k][number] = true
	return true
}

// ofGroup is the number of the group whose flow has a match: the one from before, or the first free one.
func (n *ecmpNumbers) ofGroup(r *Router, stage pipeline.Stage, match string) int {
	if id := n.group[ecmpKey{r.UUID, stage, match}]; id != 0 {
		return id
	}
	for id := 1; ; id++ {
		if n.take(r.UUID, stage, id) {
			return id
		}
	}
}

// ofMembers are the numbers of a group's members by their actions: those from before, free ones for the rest.
func (n *ecmpNumbers) ofMembers(r *Router, stage pipeline.Stage, group int, actions []string) []int {
	ids, used := make([]int, len(actions)), map[int]bool{}
	for i, a := range actions {
		id := n.member[ecmpKey{r.UUID, stage, F(regECMPGroup+" == %d", group) + a}]
		if id != 0 && !used[id] {
			ids[i], used[id] = id, true
		}
	}
	next := 1
	for i := range ids {
		for ids[i] == 0 {
			if !used[next] {
				ids[i], used[next] = next, true
			}
			next++
		}
	}
	return ids
}

// leadingInt is the number that a text begins with, 0 without one.
func leadingInt(s string) int {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return 0
	}
	return n
}
