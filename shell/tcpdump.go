package shell

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// capturing is one tcpdump.
type capturing struct {
	call    *call
	printer framePrinter
	filter  filter
	limit   int // 0 for none
	seen    int
	quiet   bool // frames go to a file
	frames  []pcap.Frame
	file    string
	dir     string // in, out, or both when empty
}

// tcpdump shows the frames of a port, of a machine, or of all ports.
func tcpdump(c *call) error {
	f, err := c.parseFlags("nevtqUlApKSX", "icwrQsB")
	if err != nil {
		return err
	}
	d := &capturing{call: c, printer: newFramePrinter(f.set['e'], f.set['t'], f.set['A'])}
	if d.filter, err = parseFilter(strings.Join(f.rest, " ")); err != nil {
		return c.fail(1, "tcpdump: %v", err)
	}
	if d.limit, err = c.number(f, 'c', 0); err != nil {
		return err
	}
	if file, ok := f.values['r']; ok {
		return d.readFrom(file)
	}
	if file, ok := f.values['w']; ok && file != "-" {
		d.quiet, d.file = true, c.path(file)
	}
	port, err := c.capturedPort(f.values['i'])
	if err != nil {
		return err
	}
	d.dir = f.values['Q']
	if !d.quiet {
		fmt.Fprintf(c.stderr, "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n")
	}
	name := f.values['i']
	if name == "" {
		name = c.shell.wires.device(c.at.name)
	}
	fmt.Fprintf(c.stderr, "tcpdump: listening on %s, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n", name)
	return d.capture(port)
}

// capturedPort is the logical port that a device of tcpdump -i leads to, "" for all.
func (c *call) capturedPort(name string) (string, error) {
	s := c.shell
	_, own := s.world.Machine(c.at.name)
	if _, port := s.world.Machine(name); port != "" {
		return port, nil
	}
	if machine := s.wires.machineOf(c.at.name, name); machine != "" {
		_, port := s.world.Machine(machine)
		return port, nil
	}
	switch {
	case c.at.name != "" && own == "":
		return "", c.fail(1, "tcpdump: %s is on no logical port", c.at.name)
	case c.at.name != "":
		return own, nil
	case name == "any" || name == "":
		return "", nil
	case s.world.Topology().SwitchPort(name) != nil:
		return name, nil
	}
	return "", c.fail(1, "tcpdump: %s: No such device exists (say a logical port, a machine, or any)", name)
}

// capture takes frames: in the background, or until there are enough or nothing more will come.
func (d *capturing) capture(port string) error {
	c, s := d.call, d.call.shell
	var j *job
	done := false
	stop := s.watch(func(at time.Duration, on string, out bool, frame []byte) {
		if port != "" && on != port || done || d.dir == "in" && !out || d.dir == "out" && out {
			return
		}
		d.take(at, frame, j)
		done = d.limit > 0 && d.seen >= d.limit
		if done && j != nil {
			s.end(j)
		}
	})
	if c.background {
		j = c.start(func() { stop(); d.finish(&j.last) })
		return nil
	}
	s.until(c.ctx, s.world.Sim().Now()+time.Minute, func() bool { return done })
	stop()
	d.finish(c.stderr)
	if !done && c.ctx.Err() == nil {
		fmt.Fprintln(c.stderr, "tcpdump: nothing sends while a capture is waited for: start it with & before what it is to see")
	}
	return nil
}

func (d *capturing) take(at time.Duration, frame []byte, j *job) {
	p, err := packet.Decode(frame)
	if err != nil || !d.filter(p) {
		return
	}
	d.seen++
	if d.quiet {
		d.frames = append(d.frames, pcap.Frame{At: at, Data: bytes.Clone(frame)})
		d.save()
		return
	}
	line := d.printer.line(at, p) + "\n"
	if j != nil {
		j.said.WriteString(line)
		return
	}
	d.call.print("%s", line)
}

func (d *capturing) save() {
	var b bytes.Buffer
	if pcap.Write(&b, d.frames) == nil {
		d.call.at.files.write(d.file, b.Bytes())
	}
}

// finish says how much was captured.
func (d *capturing) finish(to interface{ Write([]byte) (int, error) }) {
	if d.quiet {
		d.save()
	}
	plural := "s"
	if d.seen == 1 {
		plural = ""
	}
	fmt.Fprintf(to, "%d packet%s captured\n%d packet%s received by filter\n0 packets dropped by kernel\n", d.seen, plural, d.seen, plural)
}

// readFrom prints the frames of a capture file.
func (d *capturing) readFrom(file string) error {
	c := d.call
	text, err := c.readFile(file)
	if err != nil {
		return err
	}
	capture, err := pcap.Read(strings.NewReader(text), file)
	if err != nil {
		return c.fail(1, "tcpdump: %v", err)
	}
	fmt.Fprintf(c.stderr, "reading from file %s, link-type EN10MB (Ethernet), snapshot length 262144\n", file)
	for _, frame := range capture.Frames {
		if d.limit > 0 && d.seen >= d.limit {
			break
		}
		d.take(frame.At, frame.Data, nil)
	}
	return nil
}
