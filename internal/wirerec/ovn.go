package wirerec

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// ovn is a real OVN on one chassis with dummy interfaces.
type ovn struct {
	script, run string // the program that runs it, and its folder
	control     net.Conn
	answers     *json.Decoder
	calls       int
	captures    map[string]*tail // by interface
}

// start starts an OVN and builds a scenario's topology on it.
func start(script, run string, s *Scenario) (*ovn, error) {
	o := &ovn{script: script, run: run, captures: map[string]*tail{}}
	o.stop()
	if err := os.RemoveAll(run); err != nil {
		return nil, err
	}
	if err := o.do("up"); err != nil {
		return nil, err
	}
	if err := o.build(s); err != nil {
		o.stop()
		return nil, err
	}
	return o, nil
}

func (o *ovn) build(s *Scenario) error {
	for _, m := range s.Machines {
		if m.Physical && o.captures["phys"] == nil {
			if err := o.do("vsctl", "add-br", "br-eth1", "--", "set", "bridge", "br-eth1", "datapath_type=netdev", "--",
				"set", "open", ".", "external-ids:ovn-bridge-mappings=physnet:br-eth1"); err != nil {
				return err
			}
			break
		}
	}
	for _, args := range s.Northd {
		if err := o.do(append([]string{"nbctl"}, args...)...); err != nil {
			return err
		}
	}
	for _, m := range s.Machines {
		capture := filepath.Join(o.run, m.Name+".pcap")
		bridge := "br-int"
		if m.Physical {
			bridge = "br-eth1"
		}
		args := []string{"vsctl", "add-port", bridge, m.Name, "--", "set", "interface", m.Name, "type=dummy", "options:tx_pcap=" + capture}
		if !m.Physical {
			args = append(args, "external_ids:iface-id="+m.Port)
		}
		if err := o.do(args...); err != nil {
			return err
		}
		o.captures[m.Name] = &tail{path: capture}
	}
	if err := o.do("wait"); err != nil {
		return err
	}
	var err error
	if o.control, err = net.Dial("unix", filepath.Join(o.run, "vswitchd.ctl")); err != nil {
		return err
	}
	o.answers = json.NewDecoder(o.control)
	return nil
}

func (o *ovn) do(args ...string) error {
	_, err := o.ask(args...)
	return err
}

func (o *ovn) ask(args ...string) (string, error) {
	c := exec.Command(o.script, args...)
	c.Env = append(os.Environ(), "OVN_RUN="+o.run, "OVN_DUMMY=1")
	// The daemons inherit what the command writes to: a pipe would wait for them.
	log, err := os.CreateTemp("", "wirerec")
	if err != nil {
		return "", err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	err = c.Run()
	text, _ := os.ReadFile(log.Name())
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, text)
	}
	return string(text), nil
}

// stop ends the daemons without asking: nothing of theirs is kept.
func (o *ovn) stop() {
	if o.control != nil {
		o.control.Close()
	}
	for _, c := range o.captures {
		if c.file != nil {
			c.file.Close()
		}
	}
	files, _ := filepath.Glob(filepath.Join(o.run, "*.pid"))
	for _, f := range files {
		text, _ := os.ReadFile(f)
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.Contains(string(command), o.run) { // else the number is another's by now
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		os.Remove(f)
	}
}

// receive has an interface receive a frame.
func (o *ovn) receive(name string, frame []byte) error {
	o.calls++
	call := map[string]any{"id": o.calls, "method": "netdev-dummy/receive", "params": []string{name, hex.EncodeToString(frame)}}
	if err := json.NewEncoder(o.control).Encode(call); err != nil {
		return err
	}
	var answer struct{ Error any }
	if err := o.answers.Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return errors.New(fmt.Sprint(answer.Error))
	}
	return nil
}

// tail reads a capture while it grows.
type tail struct {
	path string
	file *os.File
	read []byte // not taken yet
}

const pcapHeader, recordHeader = 24, 16

// next is the frames that came since the last call.
func (t *tail) next() (frames [][]byte, err error) {
	if t.file == nil {
		if t.file, err = os.Open(t.path); err != nil {
			return nil, err
		}
		if _, err = t.file.Seek(pcapHeader, 0); err != nil {
			return nil, err
		}
	}
	var chunk [65536]byte
	n, _ := t.file.Read(chunk[:]) // an error is the end for now
	t.read = append(t.read, chunk[:n]...)
	for len(t.read) >= recordHeader {
		size := recordHeader + int(uint32(t.read[8])|uint32(t.read[9])<<8|uint32(t.read[10])<<16|uint32(t.read[11])<<24)
		if len(t.read) < size {
			break
		}
		frames = append(frames, append([]byte(nil), t.read[recordHeader:size]...))
		t.read = t.read[size:]
	}
	return frames, nil
}
