package wirerec

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// Play plays a scenario on a real OVN. script is the program that runs one (it knows the commands up, down, wait, nbctl, vsctl
// and version), run a folder for it.
func Play(s *Scenario, script, run string) (*Recording, error) {
	o, err := start(script, run, s)
	if err != nil {
		return nil, err
	}
	defer o.stop()
	version, err := o.ask("version")
	if err != nil {
		return nil, err
	}
	time.Sleep(s.Wait)
	w := &world{ovn: o, machines: map[string]*station{}}
	if s.Noise != nil {
		w.noise, w.pace = newNoise(s.Noise.Seed, s.Noise.OneIn), unhurried
	}
	w.record.Header = fmt.Sprintf("%s\n%s, userspace datapath, one chassis, recorded %s by go run ./internal/wirerec/run",
		s.Title, strings.ReplaceAll(strings.TrimSpace(version), "\n", "; "), time.Now().Format(time.DateOnly))
	for _, m := range s.Machines {
		if err := w.add(m); err != nil {
			return nil, err
		}
		if _, err := o.captures[m.Name].next(); err != nil { // what came before the beginning
			return nil, err
		}
	}
	if s.KeepsDB {
		if err := w.keep(run); err != nil {
			return nil, err
		}
	}
	w.began = time.Now()
	for _, st := range s.Steps {
		if err := w.do(st); err != nil {
			return nil, err
		}
	}
	return &w.record, w.until(func() bool { return false }, settle)
}

// keep keeps the databases.
func (w *world) keep(run string) error {
	w.record.Databases = map[string][]byte{}
	for name, schema := range map[string]string{"nb": "OVN_Northbound", "sb": "OVN_Southbound"} {
		text, err := w.ovn.ask("run", "ovsdb-client", "backup", "unix:"+filepath.Join(run, name+".sock"), schema)
		if err != nil {
			return err
		}
		w.record.Databases[name] = []byte(text)
	}
	return nil
}

const (
	settle   = 500 * time.Millisecond // what the last step set off may take
	tick     = 100 * time.Microsecond
	patience = 12 * time.Second // with one step

	// unhurried is how long machines with noise let what comes lie: Open vSwitch has learned by then what there was to learn, and
	// has thrown away what it remembered of before.
	unhurried = 4 * time.Millisecond
)

// world is machines on a real network, in real time.
type world struct {
	ovn      *ovn
	began    time.Time
	machines map[string]*station
	order    []*station
	record   Recording
	noise    *noise        // nil for none
	pace     time.Duration // that frames take to their machine
	err      error
}

// station is a machine at its port.
type station struct {
	*host.Host
	world *world
	port  string
	sctp  []uint16
	got   *packet.Packet // the last IP packet that came
	inbox []arrived
}

func (w *world) add(m *Machine) error {
	st := &station{world: w, port: m.Port, sctp: m.SCTP}
	var err error
	if st.Host, err = host.New(m.Config, st); err != nil {
		return err
	}
	w.machines[m.Name] = st
	w.order = append(w.order, st)
	return nil
}

func (w *world) now() time.Duration { return time.Since(w.began) }

// arrived is a frame that its machine is to get.
type arrived struct {
	at    time.Duration
	frame []byte
}

// Send gives a machine's frame to the network, or what noise makes of it.
func (st *station) Send(_ time.Duration, frame []byte) {
	for i, f := range st.world.noise.disturb(frame, st.got) {
		if i > 0 {
			n := st.world.noise
			n.queue = append(n.queue, late{st.world.now() + time.Duration(i)*gap, st, f})
			continue
		}
		st.send(f)
	}
}

func (st *station) send(frame []byte) {
	w := st.world
	w.record.Frames = append(w.record.Frames, Frame{w.now(), st.port, true, frame})
	if err := w.ovn.receive(st.Name(), frame); err != nil && w.err == nil {
		w.err = err
	}
}

// flush sends what is late and due.
func (w *world) flush() {
	if w.noise == nil {
		return
	}
	waits := w.noise.queue[:0]
	for _, l := range w.noise.queue {
		if l.at > w.now() {
			waits = append(waits, l)
			continue
		}
		l.from.send(l.frame)
	}
	w.noise.queue = waits
}

// WakeAt is not needed: machines are asked all the time.
func (st *station) WakeAt(time.Duration) {}

// do takes a step.
func (w *world) do(st Step) error {
	if len(st.Northd) > 0 {
		return w.ovn.do(append([]string{"nbctl"}, st.Northd...)...)
	}
	if st.Machine == "" {
		return w.until(func() bool { return false }, st.Sleep)
	}
	m := w.machines[st.Machine]
	if m == nil {
		return fmt.Errorf("no machine %q", st.Machine)
	}
	if st.Verb == "frame" {
		return w.send(m, st)
	}
	for i := range st.Count {
		done, became, err := m.begin(w.now(), st, i)
		if err != nil {
			return err
		}
		if err := w.until(done, patience); err != nil {
			return err
		}
		w.record.Outcomes = append(w.record.Outcomes, became())
	}
	return nil
}

// send sends a step's frames, one after the other.
func (w *world) send(m *station, st Step) error {
	for range st.Count {
		m.Send(w.now(), st.Frame)
		if err := w.until(func() bool { return false }, orElse(st.Every, 20*time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

// begin begins the i-th time of a step, and answers how to see that it is over and what became of it.
func (m *station) begin(now time.Duration, st Step, i int) (done func() bool, became func() Outcome, err error) {
	if st.Verb == "get" {
		f := m.Get(now, host.Request{URL: st.Target, From: after(st.From, i), Timeout: orElse(st.Timeout, 2*time.Second)})
		return func() bool { return f.Done }, func() Outcome { return Outcome{f.Stop, f.Body, f.Exit} }, nil
	}
	to, err := netip.ParseAddr(st.Target)
	if err != nil {
		return nil, nil, err
	}
	if st.Verb == "ping" {
		p := m.Ping(now, host.Ping{Dst: to, Size: st.Size, Timeout: orElse(st.Timeout, time.Second)})
		return func() bool { return p.Done }, func() Outcome { return Outcome{Stop: p.Stop} }, nil
	}
	a := m.Ask(now, host.Ask{To: netip.AddrPortFrom(to, st.Port), From: netip.AddrPortFrom(netip.Addr{}, after(st.From, i)), Timeout: st.Timeout,
		Payload: fmt.Sprintf("question %d%s", i, strings.Repeat(".", st.Size))})
	return func() bool { return a.Done }, func() Outcome { return Outcome{Stop: a.Stop, Body: a.Reply} }, nil
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// after is the source port of the i-th time, 0 for the machine's choice.
func after(port uint16, i int) uint16 {
	if port == 0 {
		return 0
	}
	return port + uint16(i)
}

// until lets the machines talk until something is done, or for a time.
func (w *world) until(done func() bool, most time.Duration) error {
	end := w.now() + most
	for !done() && w.now() < end && w.err == nil {
		w.flush()
		for _, st := range w.order {
			if err := w.serve(st); err != nil {
				return err
			}
		}
		time.Sleep(tick)
	}
	return w.err
}

// serve gives a machine what arrived for it, and wakes it in time.
func (w *world) serve(st *station) error {
	frames, err := w.ovn.captures[st.Name()].next()
	if err != nil {
		return err
	}
	for _, frame := range frames {
		w.record.Frames = append(w.record.Frames, Frame{w.now(), st.port, false, frame})
		st.inbox = append(st.inbox, arrived{w.now() + w.pace, frame})
	}
	for len(st.inbox) > 0 && st.inbox[0].at <= w.now() {
		frame := st.inbox[0].frame
		st.inbox = st.inbox[1:]
		if p, err := packet.Decode(frame); err == nil && p.IsIP() {
			st.got = p
		}
		st.Receive(w.now(), frame)
		st.answerSCTP(frame)
	}
	if at, ok := st.Next(); ok && at <= w.now() {
		st.Wake(w.now())
	}
	return nil
}
