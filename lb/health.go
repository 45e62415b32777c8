package lb

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Mapping says where a backend lives and from which address it is probed: a value of Load_Balancer.ip_port_mappings.
type Mapping struct {
	Port   string     // logical port
	Source netip.Addr // of the probes; invalid when none was given
	Zone   string     // availability zone of a remote backend; "" for a local one
}

// ParseMapping reads "port:source", "port:[source]" for IPv6, either with ":zone" behind, and the bare "port" of a
// distributed balancer without health checks (ovn-nb(5)).
func ParseMapping(text string) (Mapping, error) {
	port, rest, more := strings.Cut(text, ":")
	if port == "" {
		return Mapping{}, fmt.Errorf("port mapping %q: no logical port", text)
	}
	m := Mapping{Port: port}
	if !more {
		return m, nil
	}
	source, zone, _ := strings.Cut(rest, ":")
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		source, zone, ok = strings.Cut(inner, "]")
		if !ok || zone != "" && zone[0] != ':' {
			return Mapping{}, fmt.Errorf("port mapping %q: want PORT:[IPv6] or PORT:[IPv6]:ZONE", text)
		}
		zone = strings.TrimPrefix(zone, ":")
	}
	m.Zone = zone
	if source == "" {
		return m, nil
	}
	var err error
	if m.Source, err = netip.ParseAddr(source); err != nil {
		return Mapping{}, fmt.Errorf("port mapping %q: %q is no IP address", text, source)
	}
	return m, nil
}

// String prints the mapping as ParseMapping reads it.
func (m Mapping) String() string {
	text := m.Port
	switch {
	case m.Source.Is6():
		text += ":[" + m.Source.String() + "]"
	case m.Source.IsValid():
		text += ":" + m.Source.String()
	case m.Zone != "":
		text += ":"
	}
	if m.Zone != "" {
		text += ":" + m.Zone
	}
	return text
}

// Health is what a monitor thinks of a backend, in the words of Service_Monitor.status (ovn-sb(5)).
type Health string

// Unknown is the zero value: nobody has asked yet. Only an offline backend is left out of the balancing.
const (
	Unknown Health = ""
	Online  Health = "online"
	Offline Health = "offline"
	Failed  Health = "error" // the backend's port refused the probe's protocol, or is bound nowhere
)

// Serves tells whether northd keeps a backend of this health among those that are balanced over.
func (h Health) Serves() bool { return h == Online || h == Unknown }

// Probe is the configuration of a health check (Load_Balancer_Health_Check.options).
type Probe struct {
	Interval, Timeout   time.Duration
	Successes, Failures int // how many of a kind change the verdict
}

// ParseProbe reads the options; what is not given or no positive number has ovn-controller's default: every 5 s, 3 s to
// answer, one success, one failure.
func ParseProbe(options map[string]string) Probe {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(options[name]); err == nil && n > 0 {
			return n
		}
		return otherwise
	}
	return Probe{
		Interval:  time.Duration(number("interval", 5)) * time.Second,
		Timeout:   time.Duration(number("timeout", 3)) * time.Second,
		Successes: number("success_count", 1),
		Failures:  number("failure_count", 1),
	}
}

// Monitor counts the answers of one backend since the last verdict. The zero value has asked nothing.
type Monitor struct {
	Status    Health
	good, bad int
}

// Heard notes a probe's outcome and tells whether the verdict changed. A success does not make a failure undone, nor the
// other way round: whichever count is full first decides, and both start anew.
func (m *Monitor) Heard(p Probe, answered bool) bool {
	before := m.Status
	if answered {
		m.good++
	} else {
		m.bad++
	}
	switch {
	case answered && m.good >= p.Successes:
		*m = Monitor{Status: Online}
	case !answered && m.bad >= p.Failures:
		*m = Monitor{Status: Offline}
	}
	return m.Status != before
}

// Serving keeps the backends that status does not rule out, in their order.
func Serving(backends []Endpoint, status func(Endpoint) Health) []Endpoint {
	kept := make([]Endpoint, 0, len(backends))
	for _, b := range backends {
		if status(b).Serves() {
			kept = append(kept, b)
		}
	}
	return kept
}
