package tracefuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Real is the real ovn-trace over the southbound database of one network.
type Real struct {
	script, run string
	argv        []string // the program, without the shell around it: it is called often
	daemon      *daemon
	started     int // daemons so far
}

// daemon is an ovn-trace that answers many questions. Of the options, it takes only some with each (see asks).
type daemon struct {
	conn  net.Conn
	reply *json.Decoder
}

// startReal serves a southbound database. root is the repository's.
func startReal(root string, file []byte) (r *Real, err error) {
	r = &Real{script: filepath.Join(root, "..", "shared", "oracle", "ovn")}
	home, err := exec.Command(r.script, "root").Output()
	if err != nil {
		return nil, err
	}
	if r.run, err = os.MkdirTemp("", "tracefuzz"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	unpacked := strings.TrimSpace(string(home))
	found, _ := filepath.Glob(filepath.Join(unpacked, "usr", "lib", "*-linux-gnu", "ld-linux*.so.*"))
	if len(found) == 0 {
		return nil, errors.New("the oracle has no C library")
	}
	libs := filepath.Dir(found[0])
	r.argv = []string{found[0], "--library-path", libs + ":" + libs + "/openvswitch", "--argv0", "ovn-trace", filepath.Join(unpacked, "usr", "bin", "ovn-trace"), "--db=unix:" + r.at("sb.sock")}
	if err = os.WriteFile(r.at("sb.db"), file, 0o600); err != nil {
		return nil, err
	}
	if err = r.start("sb", "ovsdb-server", "--remote=punix:"+r.at("sb.sock"), r.at("sb.db")); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Real) at(name string) string { return filepath.Join(r.run, name) }

func (r *Real) start(name, program string, args ...string) error {
	c := exec.Command(r.script, append([]string{"run", program, "--pidfile=" + r.at(name+".pid"), "--log-file=" + r.at(name+".log"), "--unixctl=" + r.at(name+".ctl"),
		"--detach", "--no-chdir", "-vconsole:off", "-vsyslog:off"}, args...)...)
	c.Env = append(os.Environ(), "OVN_RUN="+r.run)
	return c.Run()
}

func (r *Real) startDaemon() error {
	name := fmt.Sprint("trace", r.started)
	r.started++
	if err := r.start(name, "ovn-trace", "--db=unix:"+r.at("sb.sock")); err != nil {
		return err
	}
	conn, err := net.Dial("unix", r.at(name+".ctl"))
	if err != nil {
		return err
	}
	r.daemon = &daemon{conn: conn, reply: json.NewDecoder(conn)}
	return nil
}

// Close ends what startReal started.
func (r *Real) Close() {
	if r.daemon != nil {
		r.daemon.conn.Close()
	}
	files, _ := filepath.Glob(r.at("*.pid"))
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil {
			_ = exec.Command("kill", strings.TrimSpace(string(b))).Run()
		}
	}
	os.RemoveAll(r.run)
}

// asks tells whether a daemon can answer a command as a program run for itself would: it knows the forms.
func asks(c *Command) bool {
	for _, o := range c.Options {
		switch o {
		case "--detailed", "--summary", "--minimal", "--all":
		default:
			return false
		}
	}
	return true
}

// Trace is what the real one says to a command, on its standard output, on the other, and how it ends.
func (r *Real) Trace(c *Command) (stdout, stderr string, code int, err error) {
	if asks(c) {
		if r.daemon == nil {
			if err := r.startDaemon(); err != nil {
				return "", "", 0, err
			}
		}
		if stdout, err = r.daemon.ask(c); err == nil {
			return stdout, "", 0, nil
		}
		r.daemon.conn.Close() // it crashed; a program run for itself shows it
		r.daemon = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	argv := append(r.argv[:len(r.argv):len(r.argv)], c.Line()...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "OVN_RUNDIR="+r.run, "OVS_RUNDIR="+r.run)
	var out, odd bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &odd
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return out.String(), odd.String(), exit.ExitCode(), nil
	}
	if exit != nil {
		err = ErrCrashed
	}
	return out.String(), odd.String(), 0, err
}

// ErrCrashed says that the real ovn-trace did not get over a packet.
var ErrCrashed = errors.New("the real ovn-trace crashed")

func (d *daemon) ask(c *Command) (string, error) {
	b, err := json.Marshal(map[string]any{"id": 0, "method": "trace", "params": c.Line()})
	if err != nil {
		return "", err
	}
	if err := d.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return "", err
	}
	if _, err := d.conn.Write(b); err != nil {
		return "", err
	}
	var msg struct{ Result, Error *string }
	if err := d.reply.Decode(&msg); err != nil {
		return "", err
	}
	if msg.Error != nil {
		return "", errors.New(*msg.Error)
	}
	return *msg.Result, nil
}
