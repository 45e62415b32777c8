// Package wirerec records what a real OVN does with packets: it builds a topology on one, puts machines of package host on its
// ports, lets them talk, and keeps every frame that went in or out.
//
//	s, err := wirerec.ReadScenario("sim/testdata/wire/nat/scenario")
//	r, err := wirerec.Play(s, "../shared/oracle/ovn", "/tmp/ovn-wirerec")
//	err = r.Write("sim/testdata/wire/nat/frames")
//
// The datapath is Open vSwitch's userspace one with dummy interfaces, so no privilege is needed and nothing else on the host
// is touched.
package wirerec

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/shell"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// Scenario is a topology, its machines, and what they do. Its file is lines; # starts a comment:
//
//	nb COMMAND                                      an ovn-nbctl command
//	machine NAME PORT MAC [ADDRESS/LEN...] [gw=A...] [phys]     phys: beyond the localnet port PORT
//	http NAME PORT                                  a server that says who it is
//	udp NAME PORT                                   one that answers datagrams
//	sctp NAME PORT                                  one that answers SCTP chunk for chunk
//	noise SEED N                                    one in N frames leaves its machine otherwise than it was sent
//	wait SECONDS                                    before the first frame
//	databases                                       keep both: what northd drew by lot, or by UUID, matters
//	NAME get URL [N] [port=P]                       N requests, one after the other
//	NAME ping ADDRESS [N] [size=S]
//	NAME ask ADDRESS PORT [N] [port=P] [size=S]     N datagrams, an answer to each waited for
//	NAME frame HEX [N] [every=MS]                   a frame as it is
//	then COMMAND                                    an ovn-nbctl command in between
//	sleep SECONDS
//
// timeout=MS ends get, ping and ask earlier than by themselves.
type Scenario struct {
	Title    string
	Northd   [][]string // arguments of ovn-nbctl
	Machines []*Machine
	Wait     time.Duration
	KeepsDB  bool
	Noise    *Noise // nil for none
	Steps    []Step
}

// Machine is a host and where it stands.
type Machine struct {
	host.Config
	Port     string
	Physical bool
	SCTP     []uint16 // ports that answer
}

// Noise is how often what leaves machines is not what they sent.
type Noise struct {
	Seed  uint64
	OneIn int
}

// Step is a thing that a machine does. The zero Machine sleeps.
type Step struct {
	Machine string
	Verb    string
	Target  string
	Port    uint16 // of ask: the one asked
	From    uint16 // 0: the machine's choice
	Count   int
	Size    int
	Frame   []byte
	Every   time.Duration // between frames; 0: 20 ms
	Northd  []string      // arguments of ovn-nbctl, in place of a machine's doing
	Sleep   time.Duration
	Timeout time.Duration // 0: the verb's own
}

// ReadScenario reads a scenario's file.
func ReadScenario(path string) (*Scenario, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseScenario(f, path)
}

// ParseScenario reads a scenario; name is for errors.
func ParseScenario(r io.Reader, name string) (*Scenario, error) {
	s := &Scenario{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if err := s.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return s, lines.Err()
}

func (s *Scenario) line(text string) error {
	if strings.HasPrefix(text, "#") && s.Title == "" {
		s.Title = strings.TrimSpace(text[1:])
	}
	words, err := shell.Fields(text, nil)
	if err != nil || len(words) == 0 {
		return err
	}
	switch words[0] {
	case "nb":
		s.Northd = append(s.Northd, words[1:])
	case "machine":
		return s.machine(words[1:])
	case "http", "udp", "sctp":
		return s.server(words)
	case "noise":
		s.Noise = &Noise{}
		_, err = fmt.Sscan(strings.Join(words[1:], " "), &s.Noise.Seed, &s.Noise.OneIn)
	case "databases":
		s.KeepsDB = true
	case "wait":
		s.Wait, err = time.ParseDuration(words[1] + "s")
	case "sleep":
		st := Step{}
		st.Sleep, err = time.ParseDuration(words[1] + "s")
		s.Steps = append(s.Steps, st)
	case "then":
		s.Steps = append(s.Steps, Step{Northd: words[1:]})
	default:
		return s.step(words)
	}
	return err
}

func (s *Scenario) machine(words []string) error {
	if len(words) < 3 {
		return fmt.Errorf("machine NAME PORT MAC …")
	}
	mac, err := net.ParseMAC(words[2])
	if err != nil || len(mac) != len(packet.MAC{}) {
		return fmt.Errorf("%q is no MAC address", words[2])
	}
	m := &Machine{Port: words[1], Config: host.Config{Name: words[0], MAC: packet.MAC(mac), HTTP: map[uint16]string{}, UDP: map[uint16]string{}, Seed: uint64(len(s.Machines)) + 1}}
	for _, w := range words[3:] {
		gateway, isGateway := strings.CutPrefix(w, "gw=")
		switch {
		case w == "phys":
			m.Physical = true
		case isGateway:
			via, err := netip.ParseAddr(gateway)
			if err != nil {
				return err
			}
			m.Routes = append(m.Routes, host.Route{Prefix: netip.PrefixFrom(unspecified(via), 0), Via: via})
		default:
			p, err := netip.ParsePrefix(w)
			if err != nil {
				return err
			}
			m.Addresses = append(m.Addresses, p)
		}
	}
	s.Machines = append(s.Machines, m)
	return nil
}

func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

func (s *Scenario) server(words []string) error {
	if len(words) != 3 {
		return fmt.Errorf("%s NAME PORT", words[0])
	}
	port, err := strconv.ParseUint(words[2], 10, 16)
	for _, m := range s.Machines {
		if m.Name != words[1] {
			continue
		}
		switch words[0] {
		case "http":
			m.HTTP[uint16(port)] = "i am " + m.Name + "\n"
		case "udp":
			m.UDP[uint16(port)] = "i am " + m.Name + ": "
		case "sctp":
			m.SCTP = append(m.SCTP, uint16(port))
		}
		return err
	}
	return fmt.Errorf("no machine %q", words[1])
}

func (s *Scenario) step(words []string) error {
	if len(words) < 3 {
		return fmt.Errorf("what is %q?", words[0])
	}
	st := Step{Machine: words[0], Verb: words[1], Target: words[2], Count: 1}
	rest := words[3:]
	var err error
	switch st.Verb {
	case "frame":
		if st.Frame, err = hex.DecodeString(st.Target); err != nil {
			return err
		}
	case "ask":
		if len(rest) == 0 {
			return fmt.Errorf("ask ADDRESS PORT")
		}
		port, err := strconv.ParseUint(rest[0], 10, 16)
		if err != nil {
			return err
		}
		st.Port, rest = uint16(port), rest[1:]
	case "get", "ping":
	default:
		return fmt.Errorf("a machine cannot %q", st.Verb)
	}
	for _, w := range rest {
		key, value, named := strings.Cut(w, "=")
		if !named {
			key, value = "", w
		}
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return err
		}
		switch key {
		case "":
			st.Count = int(n)
		case "port":
			st.From = uint16(n)
		case "size":
			st.Size = int(n)
		case "timeout":
			st.Timeout = time.Duration(n) * time.Millisecond
		case "every":
			st.Every = time.Duration(n) * time.Millisecond
		default:
			return fmt.Errorf("what is %q?", w)
		}
	}
	s.Steps = append(s.Steps, st)
	return nil
}
