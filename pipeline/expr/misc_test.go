package expr

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHints(t *testing.T) {
	for _, c := range [][2]string{
		{"tcp.dest == 80", "1:1: Syntax error at `tcp.dest' expecting field name. Did you mean tcp.dst?"},
		{"ip4 && in_port == \"a\"", "1:8: Syntax error at `in_port' expecting field name. Did you mean inport?"},
		{"icmp4.typ == 3", "1:1: Syntax error at `icmp4.typ' expecting field name. Did you mean icmp4.type?"},
		{"quux == 3", "1:1: Syntax error at `quux' expecting field name."},
		{"x", "1:1: Syntax error at `x' expecting field name."},
	} {
		_, err := Parse(c[0])
		assert.EqualError(t, err, c[1])
	}
}

func TestExpand(t *testing.T) {
	vars := map[string]string{"vip": "1.2.3.4", "port": "80"}
	for _, c := range []struct {
		text, want string
		missing    []string
	}{
		{"ip4.dst == ^vip && tcp.dst == ^port", "ip4.dst == 1.2.3.4 && tcp.dst == 80", nil},
		{"ip4.dst == ^nope", "ip4.dst == ^nope", []string{"nope"}},
		{`inport == "^vip"`, `inport == "^vip"`, nil},
		{"^vip", "1.2.3.4", nil},
		{"ip4", "ip4", nil},
	} {
		got, missing := Expand(c.text, vars)
		assert.Equal(t, c.want, got)
		assert.Equal(t, c.missing, missing)
	}
}

// The dataplane does not look at dscp and ecn; the prerequisite stays.
func TestIgnoreTOS(t *testing.T) {
	for _, c := range []struct {
		match, packet    string
		trace, dataplane bool
	}{
		{"ip.dscp == 10", "ip4", false, true},
		{"ip.dscp == 10", "arp", false, false},
		{"ip.dscp == 0", "ip4", true, true},
		{"ip.ecn == {1, 2} && ip4.src == 1.1.1.1", "ip4", false, false},
		{"ip.ecn == {1, 2} && ip4.src == 1.1.1.1", "ip4.src == 1.1.1.1", false, true},
	} {
		e, err := Parse(c.match)
		require.NoError(t, err)
		p, err := ParseMicroflow(c.packet, genEnv())
		require.NoError(t, err)
		for ignore, want := range map[bool]bool{false: c.trace, true: c.dataplane} {
			b := Binder{Env: genEnv(), IgnoreTOS: ignore}
			m, err := b.Bind(e)
			require.NoError(t, err)
			assert.Equal(t, want, m.Eval(&p.Key), "%v %v", c, ignore)
		}
	}
}

func TestBindErrors(t *testing.T) {
	for _, c := range [][2]string{
		{"ip4.src == $nope", "Syntax error at `$nope' expecting address set name."},
		{"inport == {@nope, \"a\"}", "Syntax error at `@nope' expecting port group name."},
		{"inport == $as1", "String field inport is not compatible with integer constant."},
		{"ip4.src == @pg1", "Integer field ip4.src is not compatible with string constant."},
		{"tcp.dst == $as1", "32-bit constant is not compatible with 16-bit field tcp.dst."},
		{"ip4.src < $as1", "Only == and != operators may be used with value sets."},
		{"ip4.src < $empty", "Only == and != operators may be used to compare a field against an empty value set."},
		{"ip4.src == ^v", "Syntax error at `^v' expecting constant."},
	} {
		e, err := Parse(c[0])
		require.NoError(t, err)
		_, err = Bind(e, genEnv())
		assert.EqualError(t, err, c[1], c[0])
	}
}

func TestCheckWidth(t *testing.T) {
	for _, c := range []struct {
		ref   string
		bits  int
		write Write
		err   string
	}{
		{"reg0", 32, Anywhere, ""},
		{"reg0", 16, ReadOnly, "Cannot use 32-bit field reg0[0..31] where 16-bit field is required."},
		{"inport", 32, ReadOnly, "Cannot use string field inport where numeric field is required."},
		{"reg0", 0, ReadOnly, "Cannot use numeric field reg0 where string field is required."},
		{"eth.type", 16, Anywhere, "Field eth.type is not modifiable."},
		{"ct_mark", 32, Anywhere, "Field ct_mark is not modifiable."},
		{"ct_mark", 32, InCommit, ""},
		{"ip4", 1, Anywhere, "Predicate symbol ip4 used where lvalue required."},
	} {
		err := RefTo(c.ref).CheckWidth(c.bits, c.write)
		if c.err == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, c.err)
		}
	}
}

func TestConstants(t *testing.T) {
	for want, c := range map[string]Constant{
		"80":                   Int(80),
		`"a\"b"`:               Str(`a"b`),
		"10.0.0.1":             Addr(netip.MustParseAddr("10.0.0.1")),
		"fd00::1":              Addr(netip.MustParseAddr("fd00::1")),
		"::1.2.3.4":            Addr(netip.MustParseAddr("::102:304")),
		"::1":                  Addr(netip.MustParseAddr("::1")),
		"02:00:00:00:00:0a":    MAC(0x02000000000a),
		"10.0.0.0/8":           {Format: IPv4, Value: V(10 << 24), Mask: V(255 << 24), Masked: true},
		"10.0.0.1/255.0.0.255": {Format: IPv4, Value: V(10<<24 | 1), Mask: V(255<<24 | 255), Masked: true},
		"0x10000000000000000":  {Format: Hexadecimal, Value: Value{Hi: 1}},
	} {
		assert.Equal(t, want, c.String())
	}
}

func TestProgramsMakeMatches(t *testing.T) {
	e := All(nil, Equal(RefTo("inport"), Str("vm1")), &Or{[]Expr{&Test{RefTo("ip4")}, &Test{RefTo("ip6")}}}, All(&Test{RefTo("tcp")}, &Not{Equal(RefTo("tcp.dst"), Int(80))}))
	assert.Equal(t, `inport == "vm1" && (ip4 || ip6) && tcp && !(tcp.dst == 80)`, e.String())
	again, err := Parse(e.String())
	require.NoError(t, err)
	assert.Equal(t, e.String(), again.String())
	var sets []string
	e, err = Parse("ip4.src == {$a, 1.1.1.1} && (inport == @b || !(ip4.dst == $c))")
	require.NoError(t, err)
	Sets(e, func(_ ConstantKind, name string) { sets = append(sets, name) })
	assert.Equal(t, []string{"a", "b", "c"}, sets)
}

// Names keep their numbers, in whatever order they come again.
func TestInternAfter(t *testing.T) {
	var n Names
	for _, again := range []string{"a b c", "a b c", "c b a", "a x b c", "none  a"} {
		before := uint32(0)
		for _, name := range strings.Split(again, " ") {
			before = n.InternAfter(before, name)
			assert.Equal(t, n.Intern(name), before, "%s in %s", name, again)
		}
	}
	for name, number := range map[string]uint32{"": 0, "none": 0, "a": 1, "b": 2, "c": 3, "x": 4} {
		assert.Equal(t, number, n.Intern(name), name)
	}
}
