package shell

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ovnsim/sim/host"
)

// dnsTypes are the types that can be asked for.
var dnsTypes = map[string]layers.DNSType{"A": layers.DNSTypeA, "AAAA": layers.DNSTypeAAAA, "PTR": layers.DNSTypePTR, "TXT": layers.DNSTypeTXT,
	"MX": layers.DNSTypeMX, "NS": layers.DNSTypeNS, "CNAME": layers.DNSTypeCNAME, "SOA": layers.DNSTypeSOA, "ANY": 255}

// question is one that a resolver is asked.
type question struct {
	server netip.Addr
	name   string
	of     layers.DNSType
}

// lookUp asks a DNS server; why says why there is no answer.
func (c *call) lookUp(h *host.Host, q question) (answer *layers.DNS, why host.Stop) {
	s := c.shell
	ask := layers.DNS{ID: 4242, RD: true, QDCount: 1, Questions: []layers.DNSQuestion{{Name: []byte(strings.TrimSuffix(q.name, ".")), Type: q.of, Class: layers.DNSClassIN}}}
	buf := gopacket.NewSerializeBuffer()
	if ask.SerializeTo(buf, gopacket.SerializeOptions{FixLengths: true}) != nil {
		return nil, host.BadRequest
	}
	a := h.Ask(s.world.Sim().Now(), host.Ask{To: netip.AddrPortFrom(q.server, 53), Payload: string(buf.Bytes()), Timeout: 5 * time.Second})
	s.until(c.ctx, 0, func() bool { return a.Done })
	if a.Stop != host.Answered {
		return nil, a.Stop
	}
	if answer = readDNS([]byte(a.Reply)); answer == nil || !answer.QR || answer.ID != ask.ID {
		return nil, host.NoReply
	}
	return answer, host.Answered
}

// readDNS reads a message, nil where it is none. NewPacket, unlike the layer's own decoder, survives every message.
func readDNS(b []byte) *layers.DNS {
	p := gopacket.NewPacket(b, layers.LayerTypeDNS, gopacket.Default)
	m, ok := p.Layer(layers.LayerTypeDNS).(*layers.DNS)
	if !ok || p.ErrorLayer() != nil {
		return nil
	}
	return m
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

// dnsData is what a record says.
func dnsData(r *layers.DNSResourceRecord) string {
	switch r.Type {
	case layers.DNSTypeA, layers.DNSTypeAAAA:
		return net.IP(r.IP).String()
	case layers.DNSTypePTR:
		return string(r.PTR) + "."
	case layers.DNSTypeCNAME:
		return string(r.CNAME) + "."
	}
	return fmt.Sprintf("\\# %d %x", len(r.Data), r.Data)
}

// dig asks one question and prints the answer as BIND's dig does; +short prints only what the records say.
func dig(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	q, known := question{of: layers.DNSTypeA}, false
	q.server, known = resolver(h)
	short := false
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		of, isType := dnsTypes[strings.ToUpper(a)]
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
			q.name, q.of, args = reverseName(address), layers.DNSTypePTR, args[1:]
		case a == "-t" && len(args) > 1:
			if q.of, isType = dnsTypes[strings.ToUpper(args[1])]; !isType {
				return c.fail(1, "dig: unknown type %s", args[1])
			}
			args = args[1:]
		case strings.HasPrefix(a, "-"):
			return c.fail(1, "dig: option %s is not simulated", a)
		case isType && q.name != "":
			q.of = of
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
			c.print("%s\n", dnsData(&m.Answers[i]))
		}
		return nil
	}
	c.print("%s", c.digAnswer(m, q))
	return nil
}

// digAnswer is a whole answer as dig prints it.
func (c *call) digAnswer(m *layers.DNS, q question) string {
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
		strings.Join(c.args[1:], " "), dnsStatus(m), m.ID)
	out += fmt.Sprintf(";; flags: %s; QUERY: %d, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: %d\n\n;; QUESTION SECTION:\n%sIN\t%s\n",
		flags, len(m.Questions), len(m.Answers), len(m.Authorities), len(m.Additionals), digColumn(";"+q.name+".", 32), dnsType(q.of))
	if len(m.Answers) > 0 {
		out += "\n;; ANSWER SECTION:\n"
	}
	for i := range m.Answers {
		r := &m.Answers[i]
		out += fmt.Sprintf("%s%d\tIN\t%s\t%s\n", digColumn(string(r.Name)+".", 24), r.TTL, dnsType(r.Type), dnsData(r))
	}
	return out + fmt.Sprintf("\n;; Query time: 0 msec\n;; SERVER: %s#53(%s) (UDP)\n;; MSG SIZE  rcvd: %d\n\n", q.server, q.server, len(m.Contents))
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

// dnsType is a type's name.
func dnsType(t layers.DNSType) string {
	for name, of := range dnsTypes {
		if of == t {
			return name
		}
	}
	return fmt.Sprintf("TYPE%d", t)
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

func dnsStatus(m *layers.DNS) string {
	if name, ok := map[layers.DNSResponseCode]string{layers.DNSResponseCodeNoErr: "NOERROR", layers.DNSResponseCodeNXDomain: "NXDOMAIN",
		layers.DNSResponseCodeServFail: "SERVFAIL", layers.DNSResponseCodeRefused: "REFUSED"}[m.ResponseCode]; ok {
		return name
	}
	return fmt.Sprintf("RESERVED%d", m.ResponseCode)
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
	questions := []question{{server, name, layers.DNSTypeA}, {server, name, layers.DNSTypeAAAA}}
	address, err := netip.ParseAddr(name)
	if err == nil {
		questions = []question{{server, reverseName(address), layers.DNSTypePTR}}
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
		if status = dnsStatus(m); status == "NOERROR" {
			found = true
		}
		for j := range m.Answers {
			if r := &m.Answers[j]; r.Type == layers.DNSTypePTR {
				c.print("%s\tname = %s\n", q.name, dnsData(r))
			} else {
				c.print("Name:\t%s\nAddress: %s\n", r.Name, dnsData(r))
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
