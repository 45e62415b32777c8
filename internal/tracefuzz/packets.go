package tracefuzz

import (
	"fmt"
	"slices"
	"strings"
)

// packet is a microflow that is being made: its terms.
type packet struct {
	at    *place
	terms []string
	lbDst []string // backends that --lb-dst may name
}

func (p *packet) add(format string, args ...any) {
	p.terms = append(p.terms, fmt.Sprintf(format, args...))
}

// kind is a sort of packet; weight is how often it comes.
type kind struct {
	name   string
	weight int
	make   func(*world, *packet)
}

// kinds is the table of all sorts of packet.
var kinds = []kind{
	{"to a balancer", 9, (*world).toVIP},
	{"to an address", 12, (*world).toAddress},
	{"arp", 5, (*world).arp},
	{"neighbour solicitation", 3, (*world).solicit},
	{"neighbour advertisement", 2, (*world).advertise},
	{"router discovery", 2, (*world).routerDiscovery},
	{"group membership", 2, (*world).membership},
	{"multicast", 3, (*world).multicast},
	{"icmp error", 2, (*world).icmpError},
	{"dhcp", 3, (*world).dhcp},
	{"dns", 2, (*world).dns},
	{"routing protocol", 2, (*world).routing},
	{"fragment", 2, (*world).fragment},
	{"layer two", 2, (*world).layerTwo},
	{"tunnelled", 1, (*world).odd},
	{"text", 1, (*world).text},
}

// draw makes a command.
func (w *world) draw() *Command {
	p := &packet{at: w.place()}
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	n := w.Intn(total)
	for _, k := range kinds {
		if n -= k.weight; n < 0 {
			k.make(w, p)
			break
		}
	}
	if w.chance(12) {
		w.metadata(p)
	}
	c, name := &Command{Options: w.options(p)}, p.at.port
	if !w.chance(10) { // names of ports other than their own need a datapath
		c.Args = append(c.Args, w.datapathName(p.at.datapath))
		name = w.portName(name)
	}
	text := strings.Join(p.terms, " && ")
	if !slices.ContainsFunc(p.terms, func(t string) bool { return strings.HasPrefix(t, "inport") }) {
		text = fmt.Sprintf("inport == %s && ", quoted(name)) + text
	}
	c.Args = append(c.Args, text)
	return c
}

func (w *world) place() *place {
	if len(w.machines) > 0 && !w.chance(4) {
		return w.machines[w.Intn(len(w.machines))]
	}
	return w.places[w.Intn(len(w.places))]
}

func quoted(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
}

// datapathName is a name that ovn-trace takes for a datapath.
func (w *world) datapathName(name string) string {
	if w.chance(12) {
		for _, dp := range w.sb.Datapaths {
			if dp.Name == name {
				return w.of(dp.NbUUID.String(), dp.UUID.String(), dp.Name2, dp.NbUUID.String()[:8], dp.Name)
			}
		}
	}
	return name
}

// portName is the port's name, or another that ovn-trace may take for it.
func (w *world) portName(name string) string {
	if w.chance(25) {
		for _, p := range w.sb.Ports {
			if p.LogicalPort == name {
				return w.of(p.UUID.String(), p.UUID.String()[:6], p.UUID.String()[:4], p.UUID.String()[:3], p.ExternalIDs["name"], strings.ToUpper(name))
			}
		}
	}
	return name
}

// ethernet adds the frame's addresses: usually to a router nearby.
func (w *world) ethernet(p *packet, dst string) {
	src := p.at.mac
	if w.chance(20) {
		src = w.of(append(w.macs, "02:00:00:00:00:66", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00")...)
	}
	if dst == "" {
		switch n := w.Intn(20); {
		case n < 15 && len(w.near[p.at.datapath]) > 0:
			dst = w.of(w.near[p.at.datapath]...)
		case n < 19 && len(w.macs) > 0:
			dst = w.of(w.macs...)
		default:
			dst = w.of("ff:ff:ff:ff:ff:ff", "02:00:00:00:00:55", "01:00:5e:00:00:05", "33:33:00:00:00:05", "0e:00:00:00:00:01", "0e:00:00:00:00:02")
		}
	}
	p.add("eth.src == %s", src)
	p.add("eth.dst == %s", dst)
}

// ip adds the addresses and the rest of the IP header.
func (w *world) ip(p *packet, src, dst string) {
	v := 4
	if strings.Contains(dst, ":") {
		v = 6
	}
	p.add("ip%d.src == %s", v, src)
	p.add("ip%d.dst == %s", v, dst)
	p.add("ip.ttl == %s", w.of("64", "64", "64", "64", "255", "1", "2", "0"))
}

// source is an address of the sender's, now and then somebody else's.
func (w *world) source(p *packet, six bool) string {
	own, all, none := p.at.v4, w.v4, "203.0.113.9"
	if six {
		own, all, none = p.at.v6, w.v6, w.of("2001:db8:9::9", "fe80::9", "::")
	}
	if w.chance(12) {
		return w.of(append(all, none)...)
	}
	if len(own) == 0 {
		return none
	}
	return w.of(own...)
}

func (w *world) destination(six bool) string {
	if six {
		return w.of(w.v6...)
	}
	return w.of(w.v4...)
}

func (w *world) port() string {
	return w.of("80", "81", "82", "22", "53", "443", "8080", "67", "0", "179", "40000", w.number(65536))
}

// transport adds a transport's ports, or an ICMP echo.
func (w *world) transport(p *packet, protocol, port string, six bool) {
	switch protocol {
	case "icmp":
		v, echo := 4, w.of("8", "8", "0")
		if six {
			v, echo = 6, w.of("128", "128", "129")
		}
		p.add("icmp%d.type == %s", v, echo)
		p.add("icmp%d.code == 0", v)
	default:
		p.add("%s.src == %s", protocol, w.of(w.port(), w.number(65536)))
		p.add("%s.dst == %s", protocol, port)
		if protocol == "tcp" && w.chance(4) {
			p.add("tcp.flags == %s", w.of("2", "0x12", "16", "4", "1", "0x14", "0xfff"))
		}
	}
}

func (w *world) toVIP(p *packet) {
	if len(w.vips) == 0 {
		w.toAddress(p)
		return
	}
	v := w.vips[w.Intn(len(w.vips))]
	six, port, protocol := v.to.Addr().Is6(), fmt.Sprint(v.to.Port()), v.protocol
	p.lbDst = v.backends
	w.ethernet(p, "")
	src := w.source(p, six)
	if w.chance(5) { // a backend, which may be the sender itself
		src = host(w.of(append(v.backends, src)...))
		if strings.Contains(src, ":") != six {
			src = w.source(p, six)
		}
	}
	w.ip(p, src, v.to.Addr().String())
	if port == "0" || w.chance(10) {
		port = w.port()
	}
	if w.chance(8) {
		protocol = w.of("tcp", "udp", "sctp", "icmp")
	}
	w.transport(p, protocol, port, six)
}

// host is an endpoint without port.
func host(endpoint string) string {
	if i := strings.Index(endpoint, "]"); i > 0 {
		return endpoint[1:i]
	}
	if strings.Count(endpoint, ":") == 1 {
		endpoint, _, _ = strings.Cut(endpoint, ":")
	}
	return endpoint
}

func (w *world) toAddress(p *packet) {
	six := w.chance(3)
	w.ethernet(p, "")
	w.ip(p, w.source(p, six), w.destination(six))
	protocol := w.of("tcp", "tcp", "udp", "icmp", "icmp", "sctp", "")
	if protocol == "" {
		p.add("ip.proto == %s", w.of("47", "50", "89", "112", "2", "0", "6"))
		return
	}
	w.transport(p, protocol, w.port(), six)
	if w.chance(10) {
		p.add("%s == %s", w.of("ip.dscp", "ip.ecn"), w.of("0", "1", "2", "3"))
	}
}

// options are those of a trace.
func (w *world) options(p *packet) (o []string) {
	switch w.Intn(12) {
	case 0:
		o = append(o, w.of("--summary", "--minimal", "--all", "--summary"))
	case 1:
		o = append(o, w.of("--detailed", "--friendly-names", "--no-friendly-names", "--detailed"))
	case 2:
		o = append(o, w.of("--summary", "--minimal"), w.of("--minimal", "--detailed"))
	}
	if w.chance(2) {
		return o
	}
	for range w.Intn(5) {
		o = append(o, "--ct="+w.of("new", "new", "new", "est", "est", "est,rpl", "inv", "rel", "rel,rpl", "trk", "new,dnat", "est dnat", "est,rpl,snat", "new,rel", "est,rel,rpl,dnat"))
	}
	if p.lbDst != nil && !w.chance(4) {
		d := w.of(p.lbDst...)
		if w.chance(6) {
			d = w.of(host(d), "10.0.0.9", "10.0.0.9:99", "[fd00::9]:99", "fd00::9")
		}
		o = append(o, "--lb-dst="+d)
	}
	if w.chance(6) {
		o = append(o, "--select-id="+w.of("1", "2", "3", "9"))
	}
	return o
}
