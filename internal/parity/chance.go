package parity

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

// Chance is a thing that ovn-northd leaves to chance, to the addresses that its memory has for instance: the same
// topology comes out differently at another time.
type Chance struct {
	Reason string
	// cut takes what is left to chance out of a line of a difference. It says what is left of the line, "" for nothing, and
	// what it took, which both sides must have as often; "" where only its being there is left to chance.
	cut func(line string, t *topology.Topology) (rest, taken string)
}

// Where the numbers of ports that stand for others show: in their rows, and where a router notes which port a connection
// came by.
var (
	derivedKey = regexp.MustCompile(`^(Port_Binding .* \| type (?:chassisredirect|mirror) \| datapath (.*) \| key )(\d+)`)
	derivedUse = regexp.MustCompile(`^("(.*)" lr_in_ecmp_stateful_egr .* outport == "cr-.*ct_mark\.ecmp_reply_port = )(\d+)`)
)

// chances is the table of all of them.
var chances = []Chance{
	{"chassisredirect and mirror ports are numbered in the order of their ports' memory", cutNumber},
	{"DHCP relay for a port without addresses writes whatever memory holds", cutRelay},
	{"of several distributed gateway ports that a NAT may work at, a bridged one may leave by or addresses may be announced at, memory has one first", cutGateways},
	{"a static route to an address is told of beside the address itself as the table of routes has one or the other first", cutTwice},
	{"what is on a port's switch is told by the port's router or by another with a connected route there, as the table of routes has them", cutTeller},
	{"of two routers in one slot of a hash table now one is met first and now the other; what chains it has decides about the other's policies", cutChains},
	{"a stateless NAT for some addresses, on a router none of whose NATs works, gets the match and the actions that ovn-northd wrote last before, be it for another router", cutLeftover},
	{"the port of a mirror's sink is in the multicast groups of that of its sources that memory has first", cutMirrors},
	{"a mirror port of several switches of one name is on the one that memory has first", cutShared},
	{"a debug_drop_domain_id that is none leaves the samples of drops as they were", cutSamples},
}

var relayed = regexp.MustCompile(`^".*" ls_in_l2_lkup 100 match=\(inport == "(.*)" && eth\.src == .*DHCP_RELAY_REQ`)

// cutRelay takes out flows whose Ethernet address is none of the port's, as it has none.
func cutRelay(line string, t *topology.Topology) (string, string) {
	m := relayed.FindStringSubmatch(line)
	if m == nil {
		return line, ""
	}
	for _, p := range t.LogicalSwitchPort {
		if p.Name == m[1] && len(p.Addresses) > 0 {
			return line, ""
		}
	}
	return "", ""
}

func cutNumber(line string, _ *topology.Topology) (string, string) {
	for _, use := range []*regexp.Regexp{derivedKey, derivedUse} {
		if m := use.FindStringSubmatchIndex(line); m != nil {
			return line[:m[6]] + line[m[7]:], use.String()[:8] + line[m[4]:m[5]] + " " + line[m[6]:m[7]]
		}
	}
	return line, ""
}

// cutLeftover takes out the flow that a stateless NAT for some addresses has for what comes back.
func cutLeftover(line string, t *topology.Topology) (string, string) {
	r := routerOf(line, t)
	if r == nil || !strings.Contains(line, " lr_in_gw_redirect 75 ") {
		return line, ""
	}
	ports := gatewayPorts(r)
	if slices.ContainsFunc(r.NAT, func(n *topology.NAT) bool { return mayWork(n, ports) }) {
		return line, ""
	}
	return "", ""
}

// mayWork says whether a NAT is sound, for all that is seen without reading more than numbers, and finds one of a router's
// gateway ports to work at.
func mayWork(n *topology.NAT, ports []*topology.LogicalRouterPort) bool {
	a, err := netip.ParseAddr(n.ExternalIP)
	if err != nil {
		return false
	}
	logical, length, masked := strings.Cut(n.LogicalIP, "/")
	if l, err := netip.ParseAddr(logical); err == nil {
		bits, err := strconv.Atoi(length)
		if l.Is4() != a.Is4() || masked && err == nil && n.Type != "snat" && bits != l.BitLen() {
			return false
		}
	}
	if n.AllowedExtIPs != nil && n.ExemptedExtIPs != nil {
		return false
	}
	return worksAt(n, ports) > 0
}

// cutMirrors takes mirror ports out of the multicast groups that only some of their sources are in.
func cutMirrors(line string, t *topology.Topology) (string, string) {
	head, members, ok := strings.Cut(line, " | ports ")
	if !ok || !strings.HasPrefix(line, "Multicast_Group ") {
		return line, ""
	}
	kept := slices.DeleteFunc(strings.Split(members, ", "), func(name string) bool { return sourcesDiffer(name, head, t) })
	if len(kept) == 0 {
		return "", ""
	}
	return head + " | ports " + strings.Join(kept, ", "), ""
}

// membership is what decides whether a port is in a multicast group, by the group's name.
var membership = map[string]func(*topology.LogicalSwitchPort) string{
	"_MC_flood": takesMulticast,
	"_MC_flood_l2": func(p *topology.LogicalSwitchPort) string {
		return takesMulticast(p) + strconv.FormatBool(p.Type == "router")
	},
	"_MC_mrouter_flood": func(p *topology.LogicalSwitchPort) string {
		return takesMulticast(p) + p.Options["mcast_flood_reports"] + p.Type + p.Options["router-port"]
	},
	"_MC_static": func(p *topology.LogicalSwitchPort) string {
		return takesMulticast(p) + p.Options["mcast_flood"] + p.Type + p.Options["router-port"]
	},
}

func takesMulticast(p *topology.LogicalSwitchPort) string {
	return strconv.FormatBool((p.Enabled == nil || *p.Enabled) && !strings.EqualFold(p.Options["receive_multicast"], "false"))
}

// sourcesDiffer says whether a port stands for a mirror's sink whose sources are not alike in what decides about a group, or
// are on several switches of one name.
func sourcesDiffer(name, group string, t *topology.Topology) bool {
	seen := map[string]bool{}
	for of, is := range membership {
		if strings.Contains(group, " "+of+" |") {
			for s, sources := range mirrorSources(name, t) {
				for _, p := range sources {
					seen[s.UUID.String()+is(p)] = true
				}
			}
		}
	}
	return len(seen) > 1
}

// mirrorSources is the ports whose copies leave by a port that stands for a mirror's sink. Several switches are of one name.
func mirrorSources(name string, t *topology.Topology) map[*topology.LogicalSwitch][]*topology.LogicalSwitchPort {
	out := map[*topology.LogicalSwitch][]*topology.LogicalSwitchPort{}
	for _, s := range t.LogicalSwitch {
		for _, p := range s.Ports {
			if slices.ContainsFunc(p.MirrorRules, func(m *topology.Mirror) bool { return m.Type == "lport" && name == "mp-"+s.Name+"-"+m.Sink }) {
				out[s] = append(out[s], p)
			}
		}
	}
	return out
}

var mirrorKey = regexp.MustCompile(`^Port_Binding (.*) \| type mirror \| datapath .* \| key [0-9]+`)

// cutShared takes the numbers of mirror ports out that several switches share, as their names are one.
func cutShared(line string, t *topology.Topology) (string, string) {
	m := mirrorKey.FindStringSubmatchIndex(line)
	if m == nil || len(mirrorSources(line[m[2]:m[3]], t)) < 2 {
		return line, ""
	}
	return line[:m[3]] + line[m[1]:], ""
}

// sampled is what drops a packet, with a sample of it or without.
var sampled = regexp.MustCompile(`(sample\(probability=65535,collector_set=[0-9]+,obs_domain=[0-9]+,obs_point=\$cookie\); )?/\* drop \*/|drop;`)

// cutSamples takes the samples out where the domain of samples is none.
func cutSamples(line string, t *topology.Topology) (string, string) {
	if len(t.NBGlobal) == 0 {
		return line, ""
	}
	if n, err := strconv.ParseUint(t.NBGlobal[0].Options["debug_drop_domain_id"], 10, 32); err != nil || n < 255 {
		return line, ""
	}
	return sampled.ReplaceAllString(line, "DROP"), ""
}

// Explain takes out of a difference, as Compare and CompareRows make it, what is chance, and says why it is.
func Explain(diff []string, t *topology.Topology) (rest, reasons []string) {
	for _, c := range chances {
		less, explained := c.explain(diff, t)
		if explained {
			diff, reasons = less, append(reasons, c.Reason)
		}
	}
	return diff, reasons
}

// explain pairs lines that differ only in what the chance takes out of them.
func (c Chance) explain(diff []string, t *topology.Topology) (rest []string, explained bool) {
	count, touched, taken := map[string]int{}, map[string]bool{"": true}, map[string]int{}
	for _, line := range diff {
		sign := 1
		if line[0] == '-' {
			sign = -1
		}
		cut, part := c.cut(line[2:], t)
		count[cut] += sign
		touched[cut] = touched[cut] || cut != line[2:]
		taken[part] += sign
	}
	for part, n := range taken {
		if part != "" && n != 0 {
			return diff, false
		}
	}
	for _, line := range diff {
		cut, _ := c.cut(line[2:], t)
		if !touched[cut] || cut != "" && count[cut] != 0 {
			rest = append(rest, line)
		}
	}
	return rest, len(rest) < len(diff)
}
