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
	group  map[ecmpKey][]int        // by the match of the group's flow, for policies with its priority
	member map[ecmpKey]int          // by the group's match in the next stage and the member's actions
	kept   map[ecmpKey]map[int]bool // all groups' numbers, by router and stage
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
	return len(r.Policies) > 0 || r.namesTables() || slices.ContainsFunc(groupRoutes(v.routes(r)), (*ecmpGroup).isECMP)
}

// numbersBefore reads the numbers off the flows that were there before.
func (v *View) numbersBefore() *ecmpNumbers {
	n := &ecmpNumbers{group: map[ecmpKey][]int{}, member: map[ecmpKey]int{}, kept: map[ecmpKey]map[int]bool{}}
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
				n.remember(ecmpKey{dp.NbUUID, stage, text}, leadingInt(rest))
			}
		}
	}
	return n
}

func (n *ecmpNumbers) remember(k ecmpKey, id int) {
	if slices.Contains(n.group[k], id) {
		return
	}
	n.group[k] = append(n.group[k], id)
	if k.text = ""; n.kept[k] == nil {
		n.kept[k] = map[int]bool{}
	}
	n.kept[k][id] = true
}

// ecmpNumbering numbers the groups that one stage of one router chooses, as it meets them.
type ecmpNumbering struct {
	*ecmpNumbers
	router ovsdb.UUID
	stage  pipeline.Stage
	used   map[int]bool // by groups that were met
	kept   map[int]bool // those from before, which new groups leave alone
}

// of begins to number the groups of a stage of a router.
func (n *ecmpNumbers) of(r *Router, stage pipeline.Stage) *ecmpNumbering {
	return &ecmpNumbering{n, r.UUID, stage, map[int]bool{}, n.kept[ecmpKey{r.UUID, stage, ""}]}
}

func (n *ecmpNumbering) key(text string) ecmpKey { return ecmpKey{n.router, n.stage, text} }

// ofGroup is the number of the group whose flow has a match: the one from before, or the first free one. Of several with
// that match it is the one that had members with these actions.
func (n *ecmpNumbering) ofGroup(match string, actions []string) int {
	best, most := 0, -1
	for _, id := range n.group[n.key(match)] {
		shared := 0
		for _, a := range actions {
			if n.member[n.key(F(regECMPGroup+" == %d", id)+a)] != 0 {
				shared++
			}
		}
		if !n.used[id] && shared > most {
			best, most = id, shared
		}
	}
	for id := 1; best == 0; id++ {
		if !n.used[id] && !n.kept[id] {
			best = id
		}
	}
	n.used[best] = true
	return best
}

// ofMembers are the numbers of a group's members by their actions: those from before, free ones for the rest.
func (n *ecmpNumbering) ofMembers(group int, actions []string) []int {
	ids, used := make([]int, len(actions)), map[int]bool{}
	for i, a := range actions {
		id := n.member[n.key(F(regECMPGroup+" == %d", group)+a)]
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
