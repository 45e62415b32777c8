package nbctl

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

func initialize(s *session, _ *call) error {
	if len(s.NBGlobal) == 0 {
		s.insert(&topology.NBGlobal{})
	}
	return nil
}

func show(s *session, c *call) error { return s.Show(&c.out, c.args...) }

// nothing is for commands that mean something to a server alone.
func nothing(*session, *call) error { return nil }

// kind is one of the things that commands find by name or UUID: how to list them, what they are called and how errors name them.
type kind[R any] struct {
	all    func(*topology.Topology) []*R
	name   func(*R) string
	title  string // "switch"
	plural string // "logical switches"; "" for names that the schema keeps unique
}

func baseOf[R any](r *R) *topology.Row { return any(r).(topology.Record).Base() }

// lookup finds by UUID or else by name; nil if there is none.
func lookup[R any](s *session, k kind[R], id string) (*R, error) {
	rows := k.all(s.Topology)
	if u, err := ovsdb.ParseUUID(id); err == nil {
		for _, r := range rows {
			if baseOf(r).UUID == u {
				return r, nil
			}
		}
	}
	var found *R
	for _, r := range rows {
		if k.name(r) != id {
			continue
		}
		if found != nil && k.plural != "" {
			return nil, fail("Multiple %s named '%s'.  Use a UUID.", k.plural, id)
		}
		if found == nil {
			found = r
		}
	}
	return found, nil
}

// must finds what has to be there.
func must[R any](s *session, k kind[R], id string) (*R, error) {
	r, err := lookup(s, k, id)
	if err == nil && r == nil {
		what := "name"
		if _, err := ovsdb.ParseUUID(id); err == nil {
			what = "UUID"
		}
		return nil, fail("%s: %s %s not found", id, k.title, what)
	}
	return r, err
}

// mustUnless is must, except that with --if-exists nil is fine.
func mustUnless[R any](s *session, c *call, k kind[R], id string) (*R, error) {
	if c.has("--if-exists") {
		return lookup(s, k, id)
	}
	return must(s, k, id)
}

var (
	switches = kind[topology.LogicalSwitch]{func(t *topology.Topology) []*topology.LogicalSwitch { return t.LogicalSwitch },
		func(r *topology.LogicalSwitch) string { return r.Name }, "switch", "logical switches"}
	routers = kind[topology.LogicalRouter]{func(t *topology.Topology) []*topology.LogicalRouter { return t.LogicalRouter },
		func(r *topology.LogicalRouter) string { return r.Name }, "router", "logical routers"}
	switchPorts = kind[topology.LogicalSwitchPort]{func(t *topology.Topology) []*topology.LogicalSwitchPort { return t.LogicalSwitchPort },
		func(r *topology.LogicalSwitchPort) string { return r.Name }, "port", ""}
	routerPorts = kind[topology.LogicalRouterPort]{func(t *topology.Topology) []*topology.LogicalRouterPort { return t.LogicalRouterPort },
		func(r *topology.LogicalRouterPort) string { return r.Name }, "port", ""}
	balancers = kind[topology.LoadBalancer]{func(t *topology.Topology) []*topology.LoadBalancer { return t.LoadBalancer },
		func(r *topology.LoadBalancer) string { return r.Name }, "load balancer", "load balancers"}
	portGroups = kind[topology.PortGroup]{func(t *topology.Topology) []*topology.PortGroup { return t.PortGroup },
		func(r *topology.PortGroup) string { return r.Name }, "port group", ""}
	addressSets = kind[topology.AddressSet]{func(t *topology.Topology) []*topology.AddressSet { return t.AddressSet },
		func(r *topology.AddressSet) string { return r.Name }, "Address Set", ""}
	chassisGroups = kind[topology.HAChassisGroup]{func(t *topology.Topology) []*topology.HAChassisGroup { return t.HAChassisGroup },
		func(r *topology.HAChassisGroup) string { return r.Name }, "ha_chassis_group", ""}
	mirrors = kind[topology.Mirror]{func(t *topology.Topology) []*topology.Mirror { return t.Mirror },
		func(r *topology.Mirror) string { return r.Name }, "mirror", ""}
	functions = kind[topology.NetworkFunction]{func(t *topology.Topology) []*topology.NetworkFunction { return t.NetworkFunction },
		func(r *topology.NetworkFunction) string { return r.Name }, "network function", ""}
	functionGroups = kind[topology.NetworkFunctionGroup]{func(t *topology.Topology) []*topology.NetworkFunctionGroup { return t.NetworkFunctionGroup },
		func(r *topology.NetworkFunctionGroup) string { return r.Name }, "network function group", ""}
	copps = kind[topology.Copp]{func(t *topology.Topology) []*topology.Copp { return t.Copp },
		func(r *topology.Copp) string { return r.Name }, "copp", ""}
	meters = kind[topology.Meter]{func(t *topology.Topology) []*topology.Meter { return t.Meter },
		func(r *topology.Meter) string { return r.Name }, "meter", ""}
)

// named is a row to list as "UUID (name)".
type named struct {
	row  *topology.Row
	name string
}

// listNamed prints rows by name.
func listNamed(c *call, rows []named) {
	for _, r := range topology.SortedPairs(rows, func(r named) string { return r.name }) {
		c.printf("%v (%s)\n", r.row.UUID, r.name)
	}
}

// with adds a row to a set of references, which stays in OVSDB's order; the slice is new.
func with[R any](set []*R, r *R) []*R {
	out := append(slices.Clone(set), r)
	slices.SortFunc(out, func(a, b *R) int {
		x, y := baseOf(a).UUID, baseOf(b).UUID
		return slices.Compare(x[:], y[:])
	})
	return out
}

// minus takes a row out of a set of references.
func minus[R any](set []*R, r *R) []*R {
	return slices.DeleteFunc(slices.Clone(set), func(x *R) bool { return x == r })
}

// textSet is strings in OVSDB's order, each once; nil for none.
func textSet(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(words)))
}

// keyValues reads KEY=VALUE arguments; those without "=" are passed over.
func keyValues(args []string) map[string]string {
	out := make(map[string]string)
	for _, arg := range args {
		if k, v, ok := strings.Cut(arg, "="); ok {
			out[k] = v
		}
	}
	return out
}

func priority(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 32767 {
		return 0, fail("%s: priority must in range 0...32767", text)
	}
	return n, nil
}

// enabledState reads the argument of lsp-set-enabled and lrp-set-enabled.
func enabledState(text string) (*bool, error) {
	on := text == "enabled"
	if !on && text != "disabled" {
		return nil, fail("%s: state must be \"enabled\" or \"disabled\"", text)
	}
	return &on, nil
}

func enabledText(b *bool) string {
	if b == nil || *b {
		return "enabled"
	}
	return "disabled"
}

// parseMAC reads six hexadecimal pairs.
func isMAC(s string) bool {
	parts := strings.Split(s, ":")
	if len(parts) != 6 {
		return false
	}
	for _, p := range parts {
		if _, err := strconv.ParseUint(p, 16, 8); err != nil || len(p) > 2 {
			return false
		}
	}
	return true
}

// parseIP reads an address without zone.
func parseIP(s string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(s)
	return ip, err == nil && ip.Zone() == ""
}

// maskLength reads a prefix length, for IPv4 also as a dotted mask without holes.
func maskLength(text string, v4 bool) (int, bool) {
	if n, err := strconv.ParseUint(text, 10, 8); err == nil {
		return int(n), true
	}
	mask, ok := parseIP(text)
	if !ok || !v4 || !mask.Is4() {
		return 0, false
	}
	b := mask.As4()
	m := binary.BigEndian.Uint32(b[:])
	n := bits.LeadingZeros32(^m)
	return n, m<<n == 0
}

// normalPrefix is an address or prefix as OVN stores it: host bits cleared, a full length left out.
func normalPrefix(s string) (netip.Prefix, string, bool) {
	addr, length, slash := strings.Cut(s, "/")
	ip, ok := parseIP(addr)
	if !ok {
		return netip.Prefix{}, "", false
	}
	size := ip.BitLen()
	if slash {
		n, ok := maskLength(length, ip.Is4())
		if !ok || n > size {
			return netip.Prefix{}, "", false
		}
		size = n
	}
	p := netip.PrefixFrom(ip, size).Masked()
	if size == ip.BitLen() {
		return p, ip.String(), true
	}
	return p, p.String(), true
}
