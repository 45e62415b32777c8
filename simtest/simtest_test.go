package simtest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/simtest"
)

// recorder is a test that fails without failing this one.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Name() string              { return "recorder" }
func (r *recorder) Errorf(f string, a ...any) { r.said += fmt.Sprintf(f, a...) + "\n" }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); runtime.Goexit() }
func (r *recorder) Fatal(a ...any)            { r.Errorf("%s", fmt.Sprint(a...)); runtime.Goexit() }

// saidBy runs a test that should fail, and gives its words.
func saidBy(f func(t testing.TB)) string {
	r := &recorder{}
	done := make(chan struct{})
	go func() { defer close(done); f(r) }()
	<-done
	return r.said
}

// TestChecksFail: no check may pass where it should not.
func TestChecksFail(t *testing.T) {
	l := small(t)
	l.Run("ovn-nbctl ls-lb-add inside web")
	served := l.Get("vm3", "http://30.0.0.1")
	refused := l.Get("vm3", "http://10.0.2.2:81")
	for _, c := range []struct {
		check func(testing.TB)
		want  string
	}{
		{func(t testing.TB) { simtest.Served(t, refused) }, "vm3 asked 10.0.2.2:81 and should have been served, but: refused"},
		{func(t testing.TB) { simtest.Served(t, served, "i am vm9") }, `should have been served one of "i am vm9", but: i am vm`},
		{func(t testing.TB) { simtest.Fails(t, served, lab.Refused) }, "should have been refused, but: i am vm"},
		{func(t testing.TB) { simtest.BalancedBy(t, served, "dmz") }, "should have been balanced by dmz, but web applied on inside"},
		{func(t testing.TB) { simtest.NotBalanced(t, served, explain.NotOnPath) }, "should not have been balanced because of not-on-path, but web applied on inside"},
		{func(t testing.TB) { simtest.Path(t, served, "inside") }, "should have gone by inside, but went by inside, r, dmz"},
		{func(t testing.TB) { simtest.Sees(t, served, "1.2.3.4") }, "the server should have seen 1.2.3.4, but saw 10.0.1.2"},
		{func(t testing.TB) { simtest.Hairpinned(t, served) }, "should have got itself, but web applied on inside"},
		{func(t testing.TB) { simtest.Flows(t, l, "dmz", "ls_in_lb", "30.0.0.1") }, "dmz should have a flow in ls_in_lb"},
		{func(t testing.TB) { simtest.Load(t, "nowhere.yaml") }, "no such file"},
		{func(t testing.TB) { simtest.Parse(t, "switchs: {}") }, `unknown key "switchs" (did you mean "switches"?)`},
		{func(t testing.TB) { simtest.Load(t, "../examples/lab/lab.yaml").Get("vm9", "http://10.0.0.1") }, `there is no machine "vm9"`},
		{func(t testing.TB) { simtest.Load(t, "../examples/lab/lab.yaml").Run("ovn-nbctl no-such-command") }, "the script failed"},
		{func(t testing.TB) { simtest.Load(t, "../examples/lab/lab.yaml").Scenario("x") }, `there is no scenario "x"`},
		{func(t testing.TB) { simtest.Network{Switches: map[string]string{"a": ""}}.Start(t) }, "switch a needs a subnet"},
		{func(t testing.TB) { simtest.Network{Switches: map[string]string{"a": "10.0.0.0/30 b c d"}}.Start(t) }, "10.0.0.0/30 has no room for d"},
		{func(t testing.TB) {
			simtest.Network{Switches: map[string]string{"a": "10.0.0.0/24 b", "c": "10.0.1.0/24 b"}}.Start(t)
		}, "machine b is on two ports"},
	} {
		assert.Contains(t, saidBy(c.check), c.want)
	}
}

func TestSixes(t *testing.T) {
	l := simtest.Network{
		Switches: map[string]string{"s": "fd00:1::/64 a b", "t": "fd00:2::/64 c"}, Router: "r", Balancers: map[string]string{"web": "[fd00:9::1]:80 c:8000"},
	}.Start(t)
	l.Run("ovn-nbctl ls-lb-add s web")
	r := l.Get("a", "http://[fd00:9::1]/")
	simtest.Served(t, r, "i am c")
	simtest.Path(t, r, "s", "r", "t")
}
