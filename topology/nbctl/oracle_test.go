package nbctl_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/topology"
)

// TestSideBySide asks the real ovn-nbctl everything that the recordings ask, and ours, and compares. With OVNSIM_RECORD=1 it writes what
// the real one answered as the recordings: that is the only way they change.
func TestSideBySide(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	real := startOracle(t)
	for _, file := range recordings(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := readRecording(t, file)
			stop := real.serve(t)
			defer stop()
			top := empty(t)
			for _, s := range r.steps {
				args := words(t, s.line)
				want, got := real.invoke(args), invoke(top, args)
				s.out, s.errors, s.code = masked(want.out), masked(want.errors), want.code
				assert.Equal(t, comparable(s.line, want.out), comparable(s.line, got.out), s.line)
				assert.Equal(t, maskViolation(s.errors), maskViolation(masked(got.errors)), s.line)
				assert.Equal(t, want.code, got.code, s.line)
			}
			r.rows = rows(real.backup(t))
			assert.Equal(t, r.rows, rows(top), "the rows at the end")
			if os.Getenv("OVNSIM_RECORD") == "1" {
				r.write(t, file)
			}
		})
	}
}

func (r *recording) write(t *testing.T, file string) {
	var b strings.Builder
	fmt.Fprintf(&b, "# OVN 26.03.1: what `ovn-nbctl --db=... ARGUMENTS` answered, one invocation after the other on a new northbound database.\n")
	fmt.Fprintf(&b, "# Recorded on %s by OVNSIM_RECORD=1 go test -run TestSideBySide.\n", time.Now().Format(time.DateOnly))
	for _, s := range r.steps {
		fmt.Fprintf(&b, "$ %s\n", s.line)
		prefixed(&b, "|", s.out)
		prefixed(&b, "!", s.errors)
		if s.code != 0 && (s.code != 1 || s.errors == "") || s.code == 0 && s.errors != "" {
			fmt.Fprintf(&b, "= %d\n", s.code)
		}
	}
	prefixed(&b, ">", strings.Join(r.rows, "\n")+"\n")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
}

func prefixed(b *strings.Builder, mark, text string) {
	for line := range strings.Lines(text) {
		b.WriteString(mark + " " + line)
	}
}

// oracle is an installed OVN whose programs run on their own C library.
type oracle struct {
	root, dir string
	loader    []string
}

func startOracle(t *testing.T) *oracle {
	script := filepath.Join("..", "..", "..", "shared", "oracle", "ovn")
	out, err := exec.Command(script, "root").Output()
	if err != nil {
		t.Skip("no real OVN to ask")
	}
	o := &oracle{root: strings.TrimSpace(string(out)), dir: t.TempDir()}
	libs, _ := filepath.Glob(filepath.Join(o.root, "usr/lib/*-linux-gnu"))
	loaders, _ := filepath.Glob(filepath.Join(o.root, "lib64/ld-linux*.so.*"))
	if len(libs) == 0 {
		t.Skip("no real OVN is installed")
	}
	if len(loaders) == 0 {
		loaders, _ = filepath.Glob(filepath.Join(libs[0], "ld-linux*.so.*"))
	}
	o.loader = []string{loaders[0], "--library-path", libs[0] + ":" + filepath.Join(libs[0], "openvswitch")}
	return o
}

func (o *oracle) command(program string, args ...string) *exec.Cmd {
	path := filepath.Join(o.root, "usr/bin", program)
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join(o.root, "usr/sbin", program)
	}
	c := exec.Command(o.loader[0], append(append(o.loader[1:], "--argv0", program, path), args...)...)
	c.Env = append(os.Environ(), "OVS_RUNDIR="+o.dir, "OVN_RUNDIR="+o.dir, "OVS_LOGDIR="+o.dir, "OVN_LOGDIR="+o.dir)
	return c
}

func (o *oracle) socket() string { return filepath.Join(o.dir, "nb.sock") }

// serve starts a server on a new database.
func (o *oracle) serve(t *testing.T) (stop func()) {
	db := filepath.Join(o.dir, "nb.db")
	os.Remove(db)
	schema := filepath.Join(o.root, "usr/share/ovn/ovn-nb.ovsschema")
	require.NoError(t, o.command("ovsdb-tool", "create", db, schema).Run())
	stop = o.serveFile(t, db)
	o.invoke([]string{"init"})
	return stop
}

// serveFile starts a server on a database.
func (o *oracle) serveFile(t *testing.T, db string) (stop func()) {
	os.Remove(o.socket())
	server := o.command("ovsdb-server", "--remote=punix:"+o.socket(), "--unixctl="+filepath.Join(o.dir, "nb.ctl"), "-vconsole:off", "-vsyslog:off", db)
	require.NoError(t, server.Start())
	for range 500 {
		if conn, err := net.Dial("unix", o.socket()); err == nil {
			assert.NoError(t, conn.Close())
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return func() {
		assert.NoError(t, server.Process.Kill())
		_ = server.Wait() // killed, as asked
	}
}

var logLine = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT.*\n`)

func (o *oracle) invoke(args []string) *step {
	c := o.command("ovn-nbctl", append([]string{"--db=unix:" + o.socket()}, args...)...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	s := &step{}
	var exit *exec.ExitError
	if err := c.Run(); errors.As(err, &exit) {
		s.code = exit.ExitCode()
	}
	s.out = out.String()
	s.errors = strings.TrimPrefix(logLine.ReplaceAllString(errs.String(), ""), "ovn-nbctl: ")
	return s
}

func (o *oracle) backup(t *testing.T) *topology.Topology {
	out, err := o.command("ovsdb-client", "backup", "unix:"+o.socket(), topology.DatabaseName).Output()
	require.NoError(t, err)
	top, err := topology.Read(out, "backup.db")
	require.NoError(t, err)
	return top
}

// looks is what TestCorpusSideBySide asks of every database, of every switch and of every router.
var looks = map[string][]string{
	"": {"show", "ls-list", "lr-list", "lb-list", "meter-list", "dhcp-options-list", "ha-chassis-group-list", "mirror-list", "nf-list", "nfg-list",
		"fwd-group-list", "static-mac-binding-list", "list logical_switch", "list logical_switch_port", "list logical_router", "list logical_router_port",
		"list acl", "list nat", "list load_balancer", "list address_set", "list port_group", "list logical_router_static_route", "list qos",
		"list logical_router_policy", "list dhcp_options", "list nb_global", "list dns", "list bfd", "list gateway_chassis", "-f json list logical_switch_port",
		"-f csv list acl", "-f table list nat", "-f html list logical_router", "--bare list logical_router"},
	"ls-list": {"lsp-list", "acl-list", "--all acl-list", "qos-list", "ls-lb-list"},
	"lr-list": {"lrp-list", "lr-route-list", "lr-policy-list", "lr-nat-list", "lr-lb-list"},
}

// TestCorpusSideBySide looks at databases of the corpus with the real ovn-nbctl and with ours: the same, line by line.
func TestCorpusSideBySide(t *testing.T) {
	files, err := filepath.Glob("../../../shared/corpus/*/nb.db.gz")
	require.NoError(t, err)
	if len(files) == 0 || testing.Short() {
		t.Skip("no reference corpus, or no time")
	}
	step := 101
	if os.Getenv("OVNSIM_CORPUS") == "all" {
		step = 1
	}
	real := startOracle(t)
	for i := 0; i < len(files); i += step {
		top, err := topology.Load(files[i])
		require.NoError(t, err)
		db := filepath.Join(real.dir, "corpus.db")
		out, err := os.Create(db)
		require.NoError(t, err)
		require.NoError(t, top.WriteDatabase(out))
		require.NoError(t, out.Close())
		stop := real.serveFile(t, db)
		for list, commands := range looks {
			names := []string{""}
			if list != "" {
				names = regexp.MustCompile(`(?m)^\S+`).FindAllString(real.invoke([]string{list}).out, -1)
			}
			for _, name := range names {
				for _, command := range commands {
					args := strings.Fields(command + " " + name)
					assert.Equal(t, real.invoke(args), invoke(top, args), "%s: %v", files[i], args)
				}
			}
		}
		stop()
	}
}
