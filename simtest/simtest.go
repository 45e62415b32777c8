// Package simtest is for Go users' own tests: a lab in a few lines, requests in it, and checks of what became of them.
package simtest

import (
	"bytes"
	"slices"
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
