package shell

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// question is one that a resolver is asked.
type question struct {
	server netip.Addr
	name   string
	of     string // the type of the records
}

// queryID is what questions are numbered with: each has a port of its own.
const queryID = 4242

// lookUp asks a DNS server; why says why there is no answer.
func (c *call) lookUp(h *host.Host, q question) (answer *packet.DNS, why host.Stop) {
	s := c.shell
	ask, err := packet.DNSQuery(queryID, q.name, q.of)
	if err != nil {
		return nil, host.BadRequest
	}
	a := h.Ask(s.world.Sim().Now(), host.Ask{To: netip.AddrPortFrom(q.server, 53), Payload: string(ask), Timeout: 5 * time.Second})
	s.until(c.ctx, 0, func() bool { return a.Done })
	if a.Stop != host.Answered {
		return nil, a.Stop
	}
	if answer, err = packet.ParseDNS([]byte(a.Reply)); err != nil || answer.ID != queryID {
		return nil, host.NoReply
	}
	return answer, host.Answered
}

// resolver is the DNS server that a machine knows: the one of its lease.
func resolver(h *host.Host) (netip.Addr, bool) {
	if l := h.Leased(); l != nil && len(l.DNS) > 0 {
		return l.DNS[0], true
	}
	return netip.Addr{}, false
}

// reverseName is the name under which an address's name stands (RFC 1035 section 3.5, RFC 3596 section 2.5).
func reverseName(a netip.Addr) string {
	var labels []string
	if a.Is4() {
		for _, b := range a.As4() {
			labels = append(labels, fmt.Sprint(b))
		}
		slices.Reverse(labels)
		return strings.Join(labels, ".") + ".in-addr.arpa"
	}
	for _, b := range a.As16() {
		labels = append(labels, fmt.Sprintf("%x", b>>4), fmt.Sprintf("%x", b&15))
	}
	slices.Reverse(labels)
	return strings.Join(labels, ".") + ".ip6.arpa"
}

// dig asks one question and prints the answer as BIND's dig does; +short prints only what the records say.
func dig(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	q, known := question{of: "A"}, false
	q.server, known = resolver(h)
	short := false
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		isType := packet.IsDNSType(strings.ToUpper(a))
		switch {
		case strings.HasPrefix(a, "@"):
			if q.server, err = netip.ParseAddr(a[1:]); err != nil {
				return c.fail(10, "dig: couldn't get address for '%s': not found", a[1:])
			}
			known = true
		case a == "+short":
			short = true
		case strings.HasPrefix(a, "+") || a == "-4" || a == "-6":
		case a == "-x" && len(args) > 1:
			address, err := netip.ParseAddr(args[1])
			if err != nil {
				return c.fail(1, "dig: invalid address: %s", args[1])
			}
			q.name, q.of, args = reverseName(address), "PTR", args[1:]
		case a == "-t" && len(args) > 1:
			if q.of = strings.ToUpper(args[1]); !packet.IsDNSType(q.of) {
				return c.fail(1, "dig: unknown type %s", args[1])
			}
			args = args[1:]
		case strings.HasPrefix(a, "-"):
			return c.fail(1, "dig: option %s is not simulated", a)
		case isType && q.name != "":
			q.of = strings.ToUpper(a)
		default:
			q.name = a
		}
	}
	switch {
	case q.name == "":
		return c.usage()
	case !known:
		return c.fail(9, "dig: no server is known: say @ADDRESS")
	}
	m, why := c.lookUp(h, q)
	if why != host.Answered {
		c.print(";; communications error to %s#53: %s\n;; no servers could be reached\n", q.server, dnsTrouble(why))
		return &ExitError{9}
	}
	if short {
		for i := range m.Answers {
			c.print("%s\n", m.Answers[i].Data)
		}
		return nil
	}
	c.print("%s", c.digAnswer(m, q))
	return nil
}

// digAnswer is a whole answer as dig prints it.
func (c *call) digAnswer(m *packet.DNS, q question) string {
	flags := "qr"
	for _, f := range []struct {
		set  bool
		name string
	}{{m.AA, " aa"}, {m.TC, " tc"}, {m.RD, " rd"}, {m.RA, " ra"}} {
		if f.set {
			flags += f.name
		}
	}
	out := fmt.Sprintf("\n; <<>> DiG 9.18.28 <<>> %s\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: %s, id: %d\n",
		strings.Join(c.args[1:], " "), m.Status, m.ID)
	out += fmt.Sprintf(";; flags: %s; QUERY: %d, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: %d\n\n;; QUESTION SECTION:\n%sIN\t%s\n",
		flags, m.Questions, len(m.Answers), m.Authority, m.Additional, digColumn(";"+q.name+".", 32), q.of)
	if len(m.Answers) > 0 {
		out += "\n;; ANSWER SECTION:\n"
	}
	for _, r := range m.Answers {
		out += fmt.Sprintf("%s%d\tIN\t%s\t%s\n", digColumn(r.Name+".", 24), r.TTL, r.Type, r.Data)
	}
	return out + fmt.Sprintf("\n;; Query time: 0 msec\n;; SERVER: %s#53(%s) (UDP)\n;; MSG SIZE  rcvd: %d\n\n", q.server, q.server, m.Size)
}

// digColumn fills a text up to a column with tabs; one there is always.
func digColumn(text string, width int) string {
	n := len(text)
	for {
		text += "\t"
		if n = n/8*8 + 8; n >= width {
			return text
		}
	}
}

func dnsTrouble(why host.Stop) string {
	switch why {
	case host.Refused:
		return "connection refused"
	case host.NoRoute:
		return "network unreachable"
	case host.Unreachable, host.NoNeighbour:
		return "host unreachable"
	}
	return "timed out"
}

// nslookup asks for a name's addresses, or an address's name, as BIND's nslookup does.
func nslookup(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	if len(c.args) < 2 || len(c.args) > 3 || strings.HasPrefix(c.args[1], "-") {
		return c.usage()
	}
	server, known := resolver(h)
	if len(c.args) == 3 {
		if server, err = netip.ParseAddr(c.args[2]); err != nil {
			return c.fail(1, "nslookup: couldn't get address for '%s': not found", c.args[2])
		}
		known = true
	}
	if !known {
		return c.fail(1, "nslookup: no server is known: say which")
	}
	name, found, status := c.args[1], false, ""
	questions := []question{{server, name, "A"}, {server, name, "AAAA"}}
	address, err := netip.ParseAddr(name)
	if err == nil {
		questions = []question{{server, reverseName(address), "PTR"}}
	}
	for i, q := range questions {
		m, why := c.lookUp(h, q)
		if why != host.Answered {
			c.print(";; communications error to %s#53: %s\n;; no servers could be reached\n\n", server, dnsTrouble(why))
			return &ExitError{1}
		}
		if i == 0 {
			c.print("Server:\t\t%s\nAddress:\t%s#53\n\n", server, server)
		}
		if status = m.Status; status == "NOERROR" {
			found = true
		}
		for _, r := range m.Answers {
			if r.Type == "PTR" {
				c.print("%s\tname = %s\n", q.name, r.Data)
			} else {
				c.print("Name:\t%s\nAddress: %s\n", r.Name, r.Data)
			}
		}
	}
	if !found {
		c.print("** server can't find %s: %s\n\n", questions[0].name, status)
		return &ExitError{1}
	}
	c.print("\n")
	return nil
}
