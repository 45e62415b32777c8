package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeNetwork writes down what it is asked for.
type fakeNetwork struct {
	log      []string
	machines map[string]*fakeMachine
}

type fakeMachine struct {
	net    *fakeNetwork
	name   string
	served int
}

func newFake() *fakeNetwork {
	f := &fakeNetwork{machines: map[string]*fakeMachine{}}
	for _, n := range []string{"vm1", "vm2"} {
		f.machines[n] = &fakeMachine{net: f, name: n}
	}
	return f
}

func (f *fakeNetwork) say(format string, args ...any) {
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

func (f *fakeNetwork) Nbctl(args []string, out io.Writer) error {
	f.say("nbctl %s", strings.Join(args, "|"))
	if args[0] == "fail" {
		return fmt.Errorf("no row \"x\" in table Logical_Switch")
	}
	fmt.Fprintln(out, "1234")
	return nil
}
func (f *fakeNetwork) Machine(name string) Machine {
	if m := f.machines[name]; m != nil {
		return m
	}
	return nil
}
func (f *fakeNetwork) Machines() []string    { return []string{"vm1", "vm2"} }
func (f *fakeNetwork) Sleep(d time.Duration) { f.say("sleep %s", d) }
func (f *fakeNetwork) Curl(m, url string, limit time.Duration) (string, error) {
	f.say("curl %s %s %s", m, url, limit)
	if strings.Contains(url, "refused") {
		return "", &CurlError{7, "Failed to connect"}
	}
	return "i am vm1\n", nil
}
func (f *fakeNetwork) Ping(m, a string, n int) (int, error) {
	f.say("ping %s %s %d", m, a, n)
	return n, nil
}

func (m *fakeMachine) AddRoute(p, g string) error {
	m.net.say("%s route %s %s", m.name, p, g)
	return nil
}
func (m *fakeMachine) DelRoute(p string) error { m.net.say("%s unroute %s", m.name, p); return nil }
func (m *fakeMachine) Routes() []string        { return []string{"default via 10.0.0.1 dev eth0"} }
func (m *fakeMachine) Addresses() []string     { return []string{"10.0.0.2/24"} }
func (m *fakeMachine) Serve(port uint16, body string) error {
	m.served++
	m.net.say("%s serve %d %q", m.name, port, body)
	return nil
}
func (m *fakeMachine) StopServing() int { n := m.served; m.served = 0; return n }

func TestScripts(t *testing.T) {
	for _, c := range []struct{ script, out, errs, log string }{
		{`u=$(ovn-nbctl create lb vips:a="b,c"); ovn-nbctl set lr edge lb=$u; echo $u`, "1234\n1234\n", "", "nbctl create|lb|vips:a=b,c; nbctl set|lr|edge|lb=1234"},
		{`for vm in vm1 vm2; do ip netns exec $vm ip route add default via 10.0.0.1 dev ens7; done`, "", "", "vm1 route default 10.0.0.1; vm2 route default 10.0.0.1"},
		{`ip -n vm1 route del default`, "", "", "vm1 unroute default"},
		{`on vm1 bash -c "ip route | cat"`, "default via 10.0.0.1 dev eth0\n", "", ""},
		{`mkdir -p /tmp/www; echo hello > /tmp/www/index.html; cd /tmp/www; ip netns exec vm1 python3 -m http.server 8000 &`, "", "", `vm1 serve 8000 "hello\n"`},
		{`ip netns exec vm1 pkill -f http.server || echo none`, "none\n", "", ""},
		{`ip netns exec vm1 curl -m 2 10.0.0.9:8000`, "i am vm1\n", "", "curl vm1 http://10.0.0.9:8000 2s"},
		{`on vm1 curl -s http://refused; echo $?`, "7\n", "", "curl vm1 http://refused 0s"},
		{`on vm1 ping -c 2 10.0.0.9`, "2 packets transmitted, 2 received, 0% packet loss\n", "", "ping vm1 10.0.0.9 2"},
		{`curl 10.0.0.9`, "", "curl: on which machine? Say: ip netns exec MACHINE curl 10.0.0.9 (machines: vm1, vm2)\n", ""},
		{`on vm9 curl x`, "", "Cannot open network namespace \"vm9\": there is no such machine (machines: vm1, vm2)\n", ""},
		{`ovn-nbct show`, "", "ovn-nbct: command not found (did you mean ovn-nbctl?)\n", ""},
		{`ovn-nbctl fail || echo $?`, "1\n", "ovn-nbctl: no row \"x\" in table Logical_Switch\n", "nbctl fail"},
		{`sleep 1.5; sleep 2m`, "", "", "sleep 1.5s; sleep 2m0s"},
		{`echo $(seq 3)`, "1 2 3\n", "", ""},
		{`cat /etc/passwd`, "", "cat: /etc/passwd: No such file or directory\n", ""},
	} {
		net := newFake()
		var out, errs bytes.Buffer
		s, err := New(net, &out, &errs)
		require.NoError(t, err)
		_ = s.Run(context.Background(), c.script, "script")
		assert.Equal(t, c.out, out.String(), c.script)
		assert.Equal(t, c.errs, errs.String(), c.script)
		assert.Equal(t, c.log, strings.Join(net.log, "; "), c.script)
	}
}

func TestSyntaxErrorsHaveAPlace(t *testing.T) {
	s, err := New(newFake(), io.Discard, io.Discard)
	require.NoError(t, err)
	err = s.Run(context.Background(), "echo 'x", "lab.yaml")
	assert.ErrorContains(t, err, "lab.yaml:1:6")
}

func ExampleShell_Run() {
	var out bytes.Buffer
	s, _ := New(newFake(), &out, io.Discard)
	_ = s.Run(context.Background(), `for vm in vm1 vm2; do echo $vm $(ip netns exec $vm curl 10.0.0.9); done`, "example")
	fmt.Print(out.String())
	// Output:
	// vm1 i am vm1
	// vm2 i am vm1
}
