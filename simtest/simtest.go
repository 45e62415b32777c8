// Package simtest is for Go users' own tests: a lab in a few lines, requests in it, and checks of what became of them.
//
//	l := simtest.Load(t, "lab.yaml")
//	l.Run("ovn-nbctl ls-lb-add inside web")
//	simtest.BalancedBy(t, l.Get("vm3", "http://172.16.255.62:8000"), "inside")
//
// Checks say what was wanted, what came and why, and tell whether they held, as those of testify do.
package simtest

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ovnsim/explain"
	"ovnsim/lab"
)

// Lab is a lab that runs, for one test. Whatever goes wrong with the lab itself fails the test at once.
type Lab struct {
	*lab.Play
	t testing.TB
}

// Load starts the lab of a file.
func Load(t testing.TB, path string) *Lab {
	t.Helper()
	l, err := lab.Load(path)
	return start(t, l, err)
}

// Parse starts a lab that a test writes itself, in the lab file's language.
func Parse(t testing.TB, yaml string) *Lab {
	t.Helper()
	l, err := lab.Read([]byte(yaml), t.Name())
	return start(t, l, err)
}

func start(t testing.TB, l *lab.Lab, err error) *Lab {
	t.Helper()
	if err != nil {
		t.Fatalf("the lab is wrong:\n%v", err)
	}
	p, err := l.Start()
	if err != nil {
		t.Fatalf("the lab does not start: %v", err)
	}
	return &Lab{Play: p, t: t}
}

// Run runs a script of the lab's own commands (ovn-nbctl, ip, …). A command that fails, or prints to standard error, fails
// the test.
func (l *Lab) Run(script string) (output string) {
	l.t.Helper()
	var out, errs bytes.Buffer
	err := l.Play.Run(script, l.t.Name(), &out, &errs)
	if err != nil || errs.Len() > 0 {
		l.t.Fatalf("the script failed: %v\n%s", err, errs.String())
	}
	return out.String()
}

// Get asks for a URL from a machine and tells what became of it.
func (l *Lab) Get(from, url string) *lab.Result {
	l.t.Helper()
	r, err := l.Play.Get(from, url, 0, l.Lab.Timeout)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// GetFrom is Get from a source port of the caller's choice: the choice of a backend follows from it.
func (l *Lab) GetFrom(from string, port uint16, url string) *lab.Result {
	l.t.Helper()
	r, err := l.Play.Get(from, url, port, l.Lab.Timeout)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// Ping sends an echo request from a machine to an address and tells what became of it.
func (l *Lab) Ping(from, address string) *lab.Result {
	l.t.Helper()
	to, err := netip.ParseAddr(address)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := l.PingOnce(from, to, l.Lab.Timeout)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// Ask sends a datagram from a machine to ADDRESS:PORT and tells what became of it.
func (l *Lab) Ask(from, to, payload string) *lab.Result {
	l.t.Helper()
	address, err := netip.ParseAddrPort(to)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := l.Play.Ask(from, address, 0, payload, l.Lab.Timeout)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// Scenario plays a scenario of the lab's file, and checks all that it expects. It begins from the file's state, whatever was
// run here.
func (l *Lab) Scenario(name string) bool {
	l.t.Helper()
	s := l.Lab.Scenario(name)
	if s == nil {
		l.t.Fatalf("there is no scenario %q", name)
	}
	o, err := l.Lab.Play(s, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	v := lab.Verdict{Case: &lab.Case{Lab: l.Lab, Scenario: s}, Outcome: o}
	for _, p := range v.Problems() {
		l.t.Errorf("%s", p)
	}
	return v.Pass()
}

// Served checks that a request was answered, with one of the bodies where any are given (without their last newline).
func Served(t testing.TB, r *lab.Result, bodies ...string) bool {
	t.Helper()
	if r.Exit == 0 && (len(bodies) == 0 || slices.Contains(bodies, r.Outcome)) {
		return true
	}
	t.Errorf("%s asked %s and should have been served%s, but: %s\n%s", r.Flow.From, r.Flow.Remote, oneOf(bodies), r.Outcome, r.Why())
	return false
}

func oneOf(bodies []string) string {
	if len(bodies) == 0 {
		return ""
	}
	s := " one of"
	for _, b := range bodies {
		s += " \"" + b + "\""
	}
	return s
}

// Fails checks that a request failed, and how.
func Fails(t testing.TB, r *lab.Result, how lab.Failure) bool {
	t.Helper()
	if r.Outcome == string(how) {
		return true
	}
	t.Errorf("%s asked %s and should have been %s, but: %s\n%s", r.Flow.From, r.Flow.Remote, how, r.Outcome, r.Why())
	return false
}

// BalancedBy checks that a balancer applied at a switch or router.
func BalancedBy(t testing.TB, r *lab.Result, place string) bool {
	t.Helper()
	if r.BalancedBy(place) {
		return true
	}
	t.Errorf("%s asked %s and should have been balanced by %s, but %s", r.Flow.From, r.Flow.Remote, place, r.Why())
	return false
}

// NotBalanced checks that no balancer applied, and that one did not for a reason.
func NotBalanced(t testing.TB, r *lab.Result, reason explain.Reason) bool {
	t.Helper()
	if r.NotBalanced(reason) {
		return true
	}
	t.Errorf("%s asked %s and should not have been balanced because of %s, but %s", r.Flow.From, r.Flow.Remote, reason, r.Why())
	return false
}

// Path checks which switches and routers a request's first packet passed, in order.
func Path(t testing.TB, r *lab.Result, datapaths ...string) bool {
	t.Helper()
	if slices.Equal(r.Path(), datapaths) {
		return true
	}
	t.Errorf("%s asked %s and should have gone by %s, but went by %s", r.Flow.From, r.Flow.Remote, strings.Join(datapaths, ", "), orNone(r.Path()))
	return false
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none: no packet left the machine"
	}
	return strings.Join(words, ", ")
}

// Sees checks which source address the server saw.
func Sees(t testing.TB, r *lab.Result, source string) bool {
	t.Helper()
	want, err := netip.ParseAddr(source)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case r.Seen.Addr() == want:
		return true
	case !r.Seen.IsValid():
		t.Errorf("%s asked %s and the server should have seen %s, but the request reached nobody: %s", r.Flow.From, r.Flow.Remote, source, r.Outcome)
	default:
		t.Errorf("%s asked %s and the server should have seen %s, but saw %s", r.Flow.From, r.Flow.Remote, source, r.Seen.Addr())
	}
	return false
}

// Hairpinned checks that a balancer sent a request back to its sender.
func Hairpinned(t testing.TB, r *lab.Result) bool {
	t.Helper()
	if slices.ContainsFunc(r.Verdicts, func(v explain.Verdict) bool { return v.Hairpin }) {
		return true
	}
	t.Errorf("%s asked %s and should have got itself, but %s", r.Flow.From, r.Flow.Remote, r.Why())
	return false
}

// Flows checks that a stage of a datapath has flows that contain all of the texts, and tells how many.
func Flows(t testing.TB, l *Lab, datapath, stage string, contains ...string) int {
	t.Helper()
	n := l.Flows(datapath, stage, contains...)
	if n == 0 {
		t.Errorf("%s should have a flow in %s with %q", datapath, stage, contains)
	}
	return n
}
