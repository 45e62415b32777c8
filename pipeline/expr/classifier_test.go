package expr

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// linear is what a classifier must find.
func linear(rows []Row, k *Key) int {
	best := -1
	for i := range rows {
		if (best < 0 || rows[i].Priority > rows[best].Priority) && (rows[i].Domain == nil || rows[i].Domain.Has(uint32(Datapath.Get64(k)))) &&
			rows[i].Match.Eval(k) {
			best = i
		}
	}
	return best
}

func TestClassifierAgainstLinear(t *testing.T) {
	env := genEnv()
	hits := 0
	for seed := range int64(300) {
		hits += checkClassifier(t, env, seed, 60, 200)
	}
	assert.Greater(t, hits, 10000)
}

// checkClassifier holds a classifier of up to rows generated rows against trying them in turn, for some packets.
func checkClassifier(t *testing.T, env *testEnv, seed int64, maxRows, packets int) (hits int) {
	g := &generator{r: rand.New(rand.NewSource(seed))}
	domains := []*Domain{nil, NewDomain(0), NewDomain(1, 2), NewDomain(2), NewDomain()}
	rows := make([]Row, g.r.Intn(maxRows))
	texts := make([]string, len(rows))
	for i := range rows {
		texts[i] = g.expr(2)
		e, err := Parse(texts[i])
		require.NoError(t, err, texts[i])
		m, err := Bind(e, env)
		require.NoError(t, err, texts[i])
		rows[i] = Row{Priority: uint16(g.r.Intn(10)), Match: m, Domain: domains[g.r.Intn(len(domains))]}
	}
	c := NewClassifier(rows)
	for range packets {
		k := g.key(env)
		Datapath.Set64(&k, uint64(g.r.Intn(4)))
		want, got := linear(rows, &k), c.Lookup(&k)
		if want != got {
			t.Fatalf("seed %d: want row %d, got %d of %q", seed, want, got, texts)
		}
		if got >= 0 {
			hits++
		}
	}
	return hits
}

// policies is a stage of n rows that each name a port group and an address set, of 1,000 members each.
func policies(t testing.TB, n int) (*Classifier, *testEnv) {
	env := genEnv()
	rows := make([]Row, n)
	for i := range rows {
		ports, addrs := make([]uint32, 1000), make([]string, 1000)
		for j := range ports {
			ports[j] = env.names.Intern(fmt.Sprintf("pod%d", i*10+j))
			addrs[j] = fmt.Sprintf("10.%d.%d.%d", i&255, j>>8, j&255)
		}
		pg, as := fmt.Sprintf("p%d", i), fmt.Sprintf("a%d", i)
		env.sets[pg] = NewPortGroup(ports)
		env.sets[as], _ = NewAddressSet(addrs)
		e, err := Parse(fmt.Sprintf("outport == @%s && ip4 && ip4.src == $%s && tcp && tcp.dst == {80, 443}", pg, as))
		require.NoError(t, err)
		rows[i].Priority = 1000
		rows[i].Match, err = Bind(e, env)
		require.NoError(t, err)
	}
	return NewClassifier(rows), env
}

func TestSetsStaySets(t *testing.T) {
	c, env := policies(t, 20)
	assert.Equal(t, "1 tables, 40 records, 40 rests, longest 1", c.Stats().String())
	var k Key
	RefTo("eth.type").Set64(&k, 0x800)
	RefTo("ip.proto").Set64(&k, 6)
	for _, want := range []struct {
		port    string
		src     uint64
		dst     uint64
		matched int
	}{
		{"pod5", 10<<24 | 7, 80, 0},
		{"pod150", 10<<24 | 3<<16 | 7, 443, 3},
		{"pod150", 10<<24 | 19<<16 | 7, 443, -1}, // pod150 is in groups 0 to 15
		{"pod150", 10<<24 | 3<<16 | 7, 22, -1},
		{"lp1", 10<<24 | 3<<16 | 7, 443, -1},
	} {
		n, _ := env.names.Number(want.port)
		RefTo("outport").Set64(&k, uint64(n))
		RefTo("ip4.src").Set64(&k, want.src)
		RefTo("tcp.dst").Set64(&k, want.dst)
		assert.Equal(t, want.matched, c.Lookup(&k), "%v", want)
	}
}

func BenchmarkLookupSets(b *testing.B) {
	c, env := policies(b, 200)
	var k Key
	RefTo("eth.type").Set64(&k, 0x800)
	RefTo("ip.proto").Set64(&k, 6)
	RefTo("ip4.src").Set64(&k, 10<<24|100<<16|7)
	RefTo("tcp.dst").Set64(&k, 80)
	for _, port := range []string{"pod5", "pod1005"} {
		n, _ := env.names.Number(port)
		RefTo("outport").Set64(&k, uint64(n))
		b.Run(port, func(b *testing.B) {
			for b.Loop() {
				c.Lookup(&k)
			}
		})
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	c, key := stage(t, 1000)
	i := 0
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		c.Lookup(key(i))
		i++
	}))
}

// stage is a classifier of about n flows such as a router's, and packets for them: key(i) is the i-th.
func stage(t testing.TB, n int) (c *Classifier, key func(i int) *Key) {
	env := genEnv()
	var rows []Row
	add := func(priority int, format string, args ...any) {
		e, err := Parse(fmt.Sprintf(format, args...))
		require.NoError(t, err)
		m, err := Bind(e, env)
		require.NoError(t, err)
		rows = append(rows, Row{Priority: uint16(priority), Match: m})
	}
	add(0, "1")
	add(100, "eth.mcast")
	add(200, "ip.ttl == {0, 1}")
	for i := len(rows); i < n; i++ {
		a, b, c := i>>16&255, i>>8&255, i&255
		switch i % 5 {
		case 0:
			add(120, "ct.new && ip4 && ip4.dst == 10.%d.%d.%d && tcp && tcp.dst == %d", a, b, c, 1+i%1000)
		case 1:
			add(90, `inport == "lp%d" && arp.op == 1 && arp.tpa == 10.%d.%d.%d`, i%50, a, b, c)
		case 2:
			add(60, "ip4.dst == 10.%d.%d.%d/28", a, b, c&0xf0)
		case 3:
			add(50, "ip6.dst == fd00::%x:%x", i>>16, i&0xffff)
		case 4:
			add(110, `outport == "lp%d" && ip4 && ip4.src == {10.%d.%d.%d, 10.0.0.9} && udp.dst != 53`, i%50, a, b, c)
		}
	}
	r := rand.New(rand.NewSource(3))
	flows := make([]uint32, 4096)
	for i := range flows {
		flows[i] = uint32(r.Intn(n))
	}
	var k Key
	RefTo("eth.type").Set64(&k, 0x800)
	RefTo("ip.proto").Set64(&k, 6)
	RefTo("ip.ttl").Set64(&k, 64)
	RefTo("ct_state").Set64(&k, 0x21)
	return NewClassifier(rows), func(i int) *Key {
		flow := flows[i&4095]
		k[13] = k[13]&^0xffffffff | uint64(10<<24|flow)       // ip4.dst
		k[19] = k[19]&^(0xffff<<32) | uint64(1+flow%1000)<<32 // tcp.dst
		return &k
	}
}

func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000, 100000} {
		c, key := stage(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.Lookup(key(i))
			}
		})
	}
}

func BenchmarkNewClassifier(b *testing.B) {
	env := genEnv()
	var rows []Row
	for i := range 10000 {
		e, err := Parse(fmt.Sprintf("ct.new && ip4 && ip4.dst == 10.0.%d.%d && tcp.dst == %d", i>>8, i&255, i))
		require.NoError(b, err)
		m, err := Bind(e, env)
		require.NoError(b, err)
		rows = append(rows, Row{Priority: 100, Match: m})
	}
	b.ReportAllocs()
	for b.Loop() {
		NewClassifier(rows)
	}
}
