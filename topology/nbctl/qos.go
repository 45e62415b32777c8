package nbctl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

type qosSetting struct {
	name      string
	low, high int64
	text      string
}

// qosSettings is what may follow the match of qos-add. A setting of 0 counts as none, but for dscp.
var qosSettings = []qosSetting{
	{"dscp", 0, 63, "dscp must be in the range 0...63"},
	{"rate", 1, 1<<32 - 1, "rate must be in the range 1...4294967295"},
	{"burst", 1, 1<<32 - 1, "burst must be in the range 1...4294967295"},
	{"mark", 0, 1<<32 - 1, "mark must be in the range 0...4294967295"},
}

func qosAdd(s *session, c *call) error {
	ls, err := must(s, switches, c.args[0])
	if err != nil {
		return err
	}
	q := &topology.QoS{Match: c.args[3]}
	if q.Direction, err = direction(c.args[1]); err != nil {
		return err
	}
	if q.Priority, err = priority(c.args[2]); err != nil {
		return err
	}
	values, err := readQoS(c.args[4:])
	if err != nil {
		return err
	}
	q.Action, q.Bandwidth = pick(values, "dscp", "mark"), pick(values, "rate", "burst")
	if q.Action == nil && values["rate"] == 0 {
		return fail("Either \"mark\", \"rate\" and/or \"dscp\" must be specified")
	}
	for _, old := range ls.QoSRules {
		if old.Direction == q.Direction && old.Priority == q.Priority && old.Match == q.Match {
			if c.has("--may-exist") {
				return nil
			}
			return fail("Same qos already existed on the ls %s.", c.args[0])
		}
	}
	s.insert(q)
	s.tx.Edit(ls)
	ls.QoSRules = with(ls.QoSRules, q)
	return nil
}

func readQoS(args []string) (map[string]int64, error) {
	values := make(map[string]int64)
	for _, arg := range args {
		name, text, _ := strings.Cut(arg, "=")
		i := slices.IndexFunc(qosSettings, func(x qosSetting) bool { return x.name == name })
		if i < 0 || !strings.Contains(arg, "=") {
			return nil, fail("%s: supported arguments are \"dscp=\", \"rate=\", \"burst=\" and \"mark=\"", arg)
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if set := qosSettings[i]; err != nil || n < set.low || n > set.high {
			return nil, fail("%s: %s", text, set.text)
		}
		if n != 0 || name == "dscp" {
			values[name] = n
		}
	}
	return values, nil
}

// pick is the part of a map with these keys; nil if it has none of them.
func pick(values map[string]int64, keys ...string) map[string]int64 {
	var out map[string]int64
	for _, k := range keys {
		if v, ok := values[k]; ok {
			if out == nil {
				out = make(map[string]int64)
			}
			out[k] = v
		}
	}
	return out
}

func qosDel(s *session, c *call) error {
	ls, err := must(s, switches, c.args[0])
	if err != nil {
		return err
	}
	s.tx.Edit(ls)
	if id, err := ovsdb.ParseUUID(c.arg(1)); err == nil {
		if len(c.args) > 2 {
			return fail("uuid must be the only argument")
		}
		i := slices.IndexFunc(ls.QoSRules, func(q *topology.QoS) bool { return q.UUID == id })
		if i < 0 {
			return fail("uuid is not found")
		}
		ls.QoSRules = slices.Delete(slices.Clone(ls.QoSRules), i, i+1)
		return nil
	}
	gone, err := selector(c, func(q *topology.QoS) (string, int64, string) { return q.Direction, q.Priority, q.Match })
	if err != nil {
		return err
	}
	ls.QoSRules = slices.DeleteFunc(slices.Clone(ls.QoSRules), gone)
	return nil
}

func qosList(s *session, c *call) error {
	ls, err := must(s, switches, c.args[0])
	if err != nil {
		return err
	}
	list := slices.Clone(ls.QoSRules)
	slices.SortStableFunc(list, func(a, b *topology.QoS) int {
		return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Match, b.Match))
	})
	for _, q := range list {
		c.printf("%10s %5d (%s)", q.Direction, q.Priority, q.Match)
		for _, from := range []struct {
			values map[string]int64
			keys   []string
		}{{q.Bandwidth, []string{"rate", "burst"}}, {q.Action, []string{"dscp", "mark"}}} {
			for _, k := range from.keys {
				if v, ok := from.values[k]; ok {
					c.printf(" %s=%d", k, v)
				}
			}
		}
		c.printf("\n")
	}
	return nil
}

func meterAdd(s *session, c *call) error {
	name, unit := c.args[0], c.args[3]
	old, err := lookup(s, meters, name)
	switch {
	case err != nil:
		return err
	case old != nil && !c.has("--may-exist"):
		return fail("meter with name \"%s\" already exists", name)
	case strings.HasPrefix(name, "__"):
		return fail("meter names that begin with \"__\" are reserved")
	case c.args[1] != "drop":
		return fail("action must be \"drop\"")
	}
	band := &topology.MeterBand{Action: "drop"}
	if band.Rate, err = strconv.ParseInt(c.args[2], 10, 64); err != nil || band.Rate < 1 || band.Rate > 1<<32-1 {
		return fail("rate must be in the range 1...4294967295")
	}
	if unit != "kbps" && unit != "pktps" {
		return fail("unit must be \"kbps\" or \"pktps\"")
	}
	if len(c.args) > 4 {
		if band.BurstSize, err = strconv.ParseInt(c.args[4], 10, 64); err != nil || band.BurstSize < 0 || band.BurstSize > 1<<32-1 {
			return fail("burst must be in the range 0...4294967295")
		}
	}
	s.insert(band)
	fair := c.has("--fair")
	if old != nil {
		s.tx.Edit(old)
		old.Unit, old.Bands, old.Fair = unit, []*topology.MeterBand{band}, &fair
		return nil
	}
	m := &topology.Meter{Name: name, Unit: unit, Bands: []*topology.MeterBand{band}}
	if fair {
		m.Fair = &fair
	}
	s.insert(m)
	return nil
}

func meterDel(s *session, c *call) error {
	for _, m := range slices.Clone(s.Meter) {
		if len(c.args) == 0 || m.Name == c.args[0] {
			s.tx.Delete(m)
		}
	}
	return nil
}

func meterList(s *session, c *call) error {
	list := slices.Clone(s.Meter)
	slices.SortStableFunc(list, func(a, b *topology.Meter) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range list {
		fair := ""
		if m.Fair != nil && *m.Fair {
			fair = " (fair)"
		}
		c.printf("%s:%s bands:\n", m.Name, fair)
		for _, b := range m.Bands {
			c.printf("  %s: %d %s", b.Action, b.Rate, m.Unit)
			if b.BurstSize > 0 {
				c.printf(", %d %s burst", b.BurstSize, map[string]string{"kbps": "kb", "pktps": "packet"}[m.Unit])
			}
			c.printf("\n")
		}
	}
	return nil
}
