package fuzznb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// ErrNoOracle says that there is no real OVN to compare with.
var ErrNoOracle = errors.New("no oracle/ovn with an installed OVN")

// Oracle is a real ovn-northd with its databases, left running between topologies.
type Oracle struct {
	root   string // of the repository
	script string // shared/oracle/ovn
	run    string // its folder of sockets
	conn   net.Conn
	reply  *json.Decoder
	id     int
}

// Start starts a real ovn-northd. root is the repository's root; the oracle lies beside it.
func Start(root string) (o *Oracle, err error) {
	o = &Oracle{root: root, script: filepath.Join(root, "..", "shared", "oracle", "ovn")}
	home, err := exec.Command(o.script, "root").Output()
	if err != nil {
		return nil, ErrNoOracle
	}
	share := filepath.Join(strings.TrimSpace(string(home)), "usr", "share", "ovn")
	if _, err := os.Stat(share); err != nil {
		return nil, ErrNoOracle
	}
	if o.run, err = os.MkdirTemp("", "fuzznb"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			o.Close()
		}
	}()
	for _, db := range []string{"nb", "sb"} {
		file := filepath.Join(o.run, db+".db")
		if _, err := o.ovn("ovsdb-tool", "create", file, filepath.Join(share, "ovn-"+db+".ovsschema")); err != nil {
			return nil, err
		}
		if err := o.daemon(db, "ovsdb-server", "--remote=punix:"+o.socket(db), file); err != nil {
			return nil, err
		}
	}
	if _, err := o.ovn("ovn-sbctl", "--db=unix:"+o.socket("sb"), "init"); err != nil {
		return nil, err
	}
	if _, err := o.ovn("ovn-nbctl", "--db=unix:"+o.socket("nb"), "init"); err != nil {
		return nil, err
	}
	if err := o.daemon("northd", "ovn-northd", "--ovnnb-db=unix:"+o.socket("nb"), "--ovnsb-db=unix:"+o.socket("sb")); err != nil {
		return nil, err
	}
	if o.conn, err = net.Dial("unix", o.socket("nb")); err != nil {
		return nil, err
	}
	o.reply = json.NewDecoder(o.conn)
	// Tables never shrink, and the order of rows in them hangs on their size. Ours takes it that they held some rows before.
	_, _, err = o.Compile(&topology.Topology{
		NBGlobal:      []*topology.NBGlobal{{Row: row(1), Options: map[string]string{"svc_monitor_mac": "0e:00:00:00:00:01"}}},
		LogicalSwitch: []*topology.LogicalSwitch{{Row: row(2), Name: "s1"}, {Row: row(3), Name: "s2"}},
		LogicalRouter: []*topology.LogicalRouter{{Row: row(4), Name: "r1"}, {Row: row(5), Name: "r2"}},
	})
	return o, err
}

// row is a row with a UUID.
func row(n byte) topology.Row { return topology.Row{UUID: ovsdb.UUID{3: n, 6: 0x40, 8: 0x80}} }

func (o *Oracle) socket(db string) string { return filepath.Join(o.run, db+".sock") }

func (o *Oracle) command(args ...string) *exec.Cmd {
	c := exec.Command(o.script, append([]string{"run"}, args...)...)
	c.Env = append(os.Environ(), "OVN_RUN="+o.run)
	return c
}

func (o *Oracle) ovn(args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	c := o.command(args...)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", args[0], err, stderr.String())
	}
	return out, nil
}

func (o *Oracle) daemon(name, program string, args ...string) error {
	at := func(suffix string) string { return filepath.Join(o.run, name+suffix) }
	return o.command(append([]string{program, "--pidfile=" + at(".pid"), "--log-file=" + at(".log"), "--unixctl=" + at(".ctl"),
		"--detach", "--no-chdir", "-vconsole:off", "-vsyslog:off"}, args...)...).Run()
}

// Close stops what Start started.
func (o *Oracle) Close() {
	for _, name := range []string{"northd", "sb", "nb"} {
		if b, err := os.ReadFile(filepath.Join(o.run, name+".pid")); err == nil {
			_ = exec.Command("kill", strings.TrimSpace(string(b))).Run()
		}
	}
	if o.conn != nil {
		o.conn.Close()
	}
	os.RemoveAll(o.run)
}

// Version is what the oracle says that it is.
func (o *Oracle) Version() string {
	out, err := o.ovn("ovn-northd", "--version")
	if err != nil {
		return err.Error()
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// Compile lets the real ovn-northd compile a topology: its list of flows, and the southbound database as a file.
// A topology that makes it crash is an error; it is started again.
func (o *Oracle) Compile(t *topology.Topology) (flows, southbound []byte, err error) {
	if err := o.load(t); err != nil {
		return nil, nil, err
	}
	return o.settled()
}

// settled waits until ovn-northd has done what there is to do and returns what it made, as Compile does. What it does in
// a second round, for rows that it wrote itself in the first, is there when it was waited for once more.
func (o *Oracle) settled() (flows, southbound []byte, err error) {
	if err := o.sync(); err != nil {
		return nil, nil, err
	}
	if flows, err = o.ovn("ovn-sbctl", "--db=unix:"+o.socket("sb"), "lflow-list"); err != nil {
		return nil, nil, err
	}
	southbound, err = o.ovn("ovsdb-client", "backup", "unix:"+o.socket("sb"), "OVN_Southbound")
	return flows, southbound, err
}

// anew has ovn-northd work everything out again, with what it wrote itself: it looks at some of it only then. What came of
// it is as Compile returns it.
func (o *Oracle) anew() (flows, southbound []byte, err error) {
	if _, err := o.ovn("ovn-appctl", "-t", filepath.Join(o.run, "northd.ctl"), "inc-engine/recompute"); err != nil {
		return nil, nil, err
	}
	return o.settled()
}

// load replaces the northbound database's contents, rows with the UUIDs that the topology gives them.
func (o *Oracle) load(t *topology.Topology) error {
	db, err := t.Database()
	if err != nil {
		return err
	}
	clear, insert := []any{"OVN_Northbound"}, []any{"OVN_Northbound"}
	for _, name := range db.TableNames() {
		if name == "Connection" || name == "SSL" {
			continue
		}
		if name != "NB_Global" {
			clear = append(clear, map[string]any{"op": "delete", "table": name, "where": []any{}})
		}
		for _, r := range db.Rows(name) {
			row := map[string]json.RawMessage{}
			for _, c := range r.Table().Columns {
				if text := r.JSON(c.Name); text != "" && !c.Ephemeral {
					row[c.Name] = json.RawMessage(text)
				}
			}
			op := map[string]any{"op": "insert", "table": name, "uuid": r.UUID.String(), "row": row}
			if name == "NB_Global" {
				if row["options"] == nil {
					row["options"] = json.RawMessage(`["map",[]]`)
				}
				op = map[string]any{"op": "update", "table": name, "where": []any{}, "row": map[string]any{"options": row["options"]}}
			}
			insert = append(insert, op)
		}
	}
	if err := o.transact(clear); err != nil {
		return err
	}
	if err := o.sync(); err != nil {
		return err
	}
	return o.transact(insert)
}

// sync waits until ovn-northd has done what the northbound database says.
func (o *Oracle) sync() error {
	c := o.command("ovn-nbctl", "--db=unix:"+o.socket("nb"), "--timeout=20", "--wait=sb", "sync")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	for waiting := true; waiting; {
		select {
		case err := <-done:
			if err == nil {
				return nil
			}
			waiting = false
		case <-time.After(30 * time.Millisecond):
			if waiting = o.runs("northd"); !waiting {
				_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // the shell and what it runs
			}
		}
	}
	last := o.lastWords()
	fresh, err := Start(o.root)
	if err != nil {
		return err
	}
	o.Close()
	*o = *fresh
	return fmt.Errorf("%w: %s", ErrCrashed, last)
}

// runs says whether a daemon is alive: it has a process that is more than a memory of one.
func (o *Oracle) runs(name string) bool {
	pid, err := os.ReadFile(filepath.Join(o.run, name+".pid"))
	if err != nil {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(pid)), "stat"))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// lastWords is what ovn-northd logged when it went down, or that it did not.
func (o *Oracle) lastWords() string {
	b, _ := os.ReadFile(filepath.Join(o.run, "northd.log"))
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	for _, line := range lines {
		if strings.Contains(line, "assert") || strings.Contains(line, "EMER") || strings.Contains(line, "transaction error") {
			return line
		}
	}
	state := "ended, at last it said"
	if pid, err := os.ReadFile(filepath.Join(o.run, "northd.pid")); err == nil {
		if _, err := os.Stat(filepath.Join("/proc", strings.TrimSpace(string(pid)))); err == nil {
			state = "still runs, at last it said"
		}
	}
	return state + " " + lines[len(lines)-1]
}

// ErrCrashed says that the real ovn-northd did not get over a topology.
var ErrCrashed = errors.New("the real ovn-northd crashed")

// filledIn is a topology as ovn-northd left it in the northbound database: options that the operator leaves out it fills in,
// partly by chance, which ports are up it knows better, and tags that were asked for by number it writes down, to look at
// them at its next occasion.
func (o *Oracle) filledIn(t *topology.Topology) (*topology.Topology, error) {
	file, err := o.ovn("ovsdb-client", "backup", "unix:"+o.socket("nb"), "OVN_Northbound")
	if err != nil {
		return nil, err
	}
	db, err := ovsdb.Read(bytes.NewReader(file), "northbound")
	if err != nil {
		return nil, err
	}
	left, err := topology.FromDatabase(db)
	if err != nil {
		return nil, err
	}
	t = t.Copy()
	t.NBGlobal[0].Options = left.NBGlobal[0].Options
	ports := map[ovsdb.UUID]*topology.LogicalSwitchPort{}
	for _, p := range left.LogicalSwitchPort {
		ports[p.UUID] = p
	}
	for _, p := range t.LogicalSwitchPort {
		if now := ports[p.UUID]; now != nil {
			p.Up = now.Up
			if p.TagRequest != nil && *p.TagRequest != 0 {
				p.Tag = now.Tag
			}
		}
	}
	return t, nil
}

func (o *Oracle) transact(params []any) error {
	o.id++
	b, err := json.Marshal(map[string]any{"method": "transact", "params": params, "id": o.id})
	if err != nil {
		return err
	}
	if err := o.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := o.conn.Write(b); err != nil {
		return err
	}
	for {
		var msg struct {
			ID     any
			Method string
			Error  any
			Result []struct{ Error, Details string }
			Params []any
		}
		if err := o.reply.Decode(&msg); err != nil {
			if errors.Is(err, io.EOF) {
				return errors.New("the northbound server went away")
			}
			return err
		}
		if msg.Method == "echo" {
			echo, _ := json.Marshal(map[string]any{"id": msg.ID, "result": msg.Params, "error": nil})
			if _, err := o.conn.Write(echo); err != nil {
				return err
			}
			continue
		}
		for _, r := range msg.Result {
			if r.Error != "" {
				return fmt.Errorf("%s: %s", r.Error, r.Details)
			}
		}
		if msg.Error != nil {
			return fmt.Errorf("%v", msg.Error)
		}
		return nil
	}
}

// Canonical is a topology as a database would give it back: rows in the order of a file.
func Canonical(t *topology.Topology) (*topology.Topology, error) {
	var b bytes.Buffer
	if err := t.WriteDatabase(&b); err != nil {
		return nil, err
	}
	db, err := ovsdb.Read(&b, "generated")
	if err != nil {
		return nil, err
	}
	return topology.FromDatabase(db)
}
