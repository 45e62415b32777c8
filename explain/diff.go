package explain

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
	"ovnsim/sim/packet"
	"ovnsim/topology"
)

// Side is one of two networks that are compared.
type Side struct {
	Topology   *topology.Topology
	Southbound *pipeline.Southbound // compiled from it
}

// Probe is a request that is made in both networks, standing for all requests like it.
type Probe struct {
	From    string // logical switch port
	Proto   uint8
	To      netip.AddrPort
	Target  string // what is asked: "vip web", "port a1", …
	Sources int    // how many ports From stands for
	Targets int    // how many targets To stands for
}

// String says it in one line.
func (p Probe) String() string {
	to := p.To.String()
	if !hasPorts(p.Proto) {
		to = p.To.Addr().String()
	}
	return fmt.Sprintf("%s asks %s %s (%s)", p.From, lb.ProtoName(p.Proto), to, p.Target)
}

// Plan is what must be asked to see every difference between two networks.
type Plan struct {
	Probes    []Probe
	Changed   map[string]bool // datapaths whose flows differ, by name
	Datapaths int
	Flows     int // that differ
	Ports     int
	Classes   int // of ports

	Machines []string // the ports on which machines must be, to ask and to answer
	Serve    []uint16 // the ports that they must answer on
}

// Unchanged tells whether a way passes none of the datapaths that differ: what it meets is the same in both networks.
func (p *Plan) Unchanged(path []string) bool {
	return !slices.ContainsFunc(path, func(dp string) bool { return p.Changed[dp] })
}

// NewPlan compares the flows of two networks and groups ports and targets by what distinguishes them: the flows of their
// datapath, of which names and numbers are left out; the flows that name them or their addresses; and whether they belong
// to the address sets, port groups and prefixes that flows which differ look at. from and to, where not "", choose one port
// and one address.
func NewPlan(old, now *Side, from, to string) *Plan {
	c := &comparison{old: old, now: now, plan: &Plan{Changed: map[string]bool{}}, shape: map[string]uint64{}, told: map[string]uint64{}}
	c.flows()
	if len(c.plan.Changed) > 0 {
		c.probes(from, to)
	}
	return c.plan
}

type comparison struct {
	old, now *Side
	plan     *Plan
	shape    map[string]uint64 // of datapaths: their flows without names and numbers, both sides
	told     map[string]uint64 // by name or address: the flows that have it in their match
	differ   []*pipeline.Flow
	ports    []uint16       // that flows which differ look at
	within   []netip.Prefix // addresses that they look at
	sets     []map[string]bool
}

func hashOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// flows finds what differs. A flow's datapaths count by the sum of their hashes, so that order does not matter and nothing
// is kept for each flow on each datapath.
func (c *comparison) flows() {
	type where struct {
		flow *pipeline.Flow
		sum  [2]uint64
	}
	all, sums := map[uint64]*where{}, [2]map[string]uint64{{}, {}}
	moved := c.changedSets()
	names := map[string]uint64{}
	for side, s := range []*Side{c.old, c.now} {
		for _, f := range s.Southbound.Flows.All() {
			h := hashOf(f.StageName, strconv.Itoa(int(f.Priority)), f.Match, f.Actions)
			if side == 1 && moved != nil && moved.MatchString(f.Match) {
				h++
			}
			masked := hashOf(f.StageName, strconv.Itoa(int(f.Priority)), mask(f.Match), mask(f.Actions))
			w := all[h]
			if w == nil {
				w = &where{flow: f}
				all[h] = w
				c.tell(f.Match, masked)
			}
			for _, dp := range f.Datapaths.Datapaths {
				if names[dp.Name] == 0 {
					names[dp.Name] = hashOf(dp.Name)
				}
				w.sum[side] += names[dp.Name]
				sums[side][dp.Name] += h * 0x9e3779b97f4a7c15
				c.shape[dp.Name] += masked * uint64(2*side+3)
			}
		}
	}
	for _, w := range all {
		if w.sum[0] != w.sum[1] {
			c.differ = append(c.differ, w.flow)
			c.tell(w.flow.Match, hashOf(w.flow.StageName, mask(w.flow.Match), fmt.Sprint(w.sum[0] == 0, w.sum[1] == 0)))
		}
	}
	for name := range names {
		if sums[0][name] != sums[1][name] {
			c.plan.Changed[name] = true
		}
	}
	slices.SortFunc(c.differ, func(a, b *pipeline.Flow) int {
		return cmp.Or(cmp.Compare(a.Match, b.Match), cmp.Compare(a.Actions, b.Actions))
	})
	c.plan.Flows, c.plan.Datapaths = len(c.differ), len(names)
	c.lookAt()
}

// changedSets matches the names of address sets and port groups with other members now; nil when there are none.
func (c *comparison) changedSets() *regexp.Regexp {
	var names []string
	for sign, pair := range map[string][2]map[string][]string{`\$`: {c.old.Southbound.AddressSets.All(), c.now.Southbound.AddressSets.All()}, `@`: {c.old.Southbound.PortGroups, c.now.Southbound.PortGroups}} {
		for _, side := range pair {
			for name := range side {
				a, b := slices.Sorted(slices.Values(pair[0][name])), slices.Sorted(slices.Values(pair[1][name]))
				if !slices.Equal(a, b) {
					names = append(names, sign+regexp.QuoteMeta(name)+`\b`)
				}
			}
		}
	}
	if names == nil {
		return nil
	}
	slices.Sort(names)
	return regexp.MustCompile(strings.Join(slices.Compact(names), "|"))
}

// token finds what a match names: quoted names, and addresses and numbers.
var token = regexp.MustCompile(`"(?:\\.|[^"\\])*"|[0-9a-fA-F]+(?:[.:][0-9a-fA-F:.]*)+(?:/[0-9]+)?`)

func (c *comparison) tell(match string, masked uint64) {
	for _, t := range token.FindAllString(match, -1) {
		c.told[strings.Trim(t, `"`)] += masked
	}
}

// mask leaves names and numbers out of a text.
func mask(text string) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		b := text[i]
		j := i + 1
		switch {
		case b == '"':
			for j < len(text) && text[j] != '"' {
				j++
			}
			j, b = min(j+1, len(text)), '#'
		case b >= '0' && b <= '9':
			for j < len(text) && (text[j] >= '0' && text[j] <= '9' || text[j] >= 'a' && text[j] <= 'f' || text[j] == '.' || text[j] == ':') {
				j++
			}
			b = '#'
		}
		out, i = append(out, b), j
	}
	return string(out)
}

var (
	portNumber = regexp.MustCompile(`(?:(?:tcp|udp|sctp)\.(?:dst|src)|reg1\[0\.\.15\]) *[=<>!]=? *\{? *([0-9, ]+)`)
	setMention = regexp.MustCompile(`([$@])([A-Za-z_.][A-Za-z_.0-9]*)`)
)

// lookAt collects what the flows that differ look at.
func (c *comparison) lookAt() {
	seen := map[string]bool{}
	for _, f := range c.differ {
		for _, m := range portNumber.FindAllStringSubmatch(f.Match, -1) {
			for _, n := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
				if p, err := strconv.ParseUint(n, 10, 16); err == nil && p > 0 {
					c.ports = append(c.ports, uint16(p))
				}
			}
		}
		for _, t := range token.FindAllString(f.Match, -1) {
			if p, err := netip.ParsePrefix(t); err == nil {
				c.within = append(c.within, p.Masked())
			}
		}
		for _, m := range setMention.FindAllStringSubmatch(f.Match, -1) {
			if !seen[m[0]] {
				seen[m[0]] = true
				c.addSets(m[1] == "$", m[2])
			}
		}
	}
	slices.Sort(c.ports)
	c.ports = slices.Compact(c.ports)
	slices.SortFunc(c.within, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	c.within = slices.Compact(c.within)
}

func (c *comparison) addSets(addresses bool, name string) {
	for _, s := range []*Side{c.old, c.now} {
		members := s.Southbound.PortGroups[name]
		if addresses {
			members, _ = s.Southbound.AddressSets.Get(name)
		}
		set := map[string]bool{}
		for _, m := range members {
			set[m] = true
		}
		c.sets = append(c.sets, set)
	}
}

// signature is what distinguishes a port, or an address, to the flows.
func (c *comparison) signature(datapath string, names ...string) string {
	b := []byte(fmt.Sprintf("%x", c.shape[datapath]))
	sum := uint64(0)
	for _, n := range names {
		sum += c.told[n]
		a, err := netip.ParseAddr(n)
		for i, p := range c.within {
			if err == nil && p.Contains(a) {
				b = fmt.Appendf(b, " in%d", i)
			}
		}
		for i, s := range c.sets {
			if s[n] {
				b = fmt.Appendf(b, " of%d", i)
			}
		}
	}
	return string(fmt.Appendf(b, " %x", sum))
}

// protocols are asked for each target: with every port that differing flows look at, and with one that none does.
func (c *comparison) asks(to netip.Addr) []Probe {
	other := uint16(40404)
	for slices.Contains(c.ports, other) {
		other++
	}
	icmp := uint8(packet.ProtoICMP)
	if to.Is6() {
		icmp = packet.ProtoICMPv6
	}
	out := []Probe{{Proto: icmp, To: netip.AddrPortFrom(to, 0)}}
	for _, port := range append(slices.Clone(c.ports), other) {
		for _, proto := range []uint8{packet.ProtoTCP, packet.ProtoUDP} {
			out = append(out, Probe{Proto: proto, To: netip.AddrPortFrom(to, port)})
		}
	}
	return out
}
