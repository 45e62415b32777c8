package northd

import (
	"maps"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
)

// dhcpFeature answers DHCP requests of the machines on a switch's ports, for external ports on their behalf.
var dhcpFeature = feature{
	name:       "dhcp",
	title:      "DHCP",
	stages:     []pipeline.Stage{pipeline.LsInDHCPOptions, pipeline.LsInDHCPResponse, pipeline.LsOutACLEval, pipeline.LsInL2Lkup},
	switchPort: answerDHCP,
}

func answerDHCP(v *View, e *Emitter, p *SwitchPort) {
	relayDHCP(v, e, p)
	if _, relays := p.Switch.OtherConfig["dhcp_relay_port"]; relays || !p.IsEnabled || p.Type == "router" {
		return
	}
	in := []string{p.Key}
	if p.Type == "external" {
		in = nil
		for _, l := range p.Switch.Localnets {
			if p.HAChassisGroup != nil {
				in = append(in, l.Key)
			}
		}
	}
	for _, key := range in {
		d := dhcpPort{e, p, key}
		for _, a := range p.owned() {
			d.v4(a)
			d.v6(a)
		}
	}
}

// dhcpPort writes the flows for requests of one port that come in by another or by itself.
type dhcpPort struct {
	e   *Emitter
	p   *SwitchPort
	key string // of the port that the requests come in by
}

// v4 is the answer for the first address of a that lies in the options' network.
func (d dhcpPort) v4(a portAddress) {
	o := d.p.DHCPv4Options
	if o == nil {
		return
	}
	network, ok := parseNetwork(o.CIDR)
	for _, needed := range []string{"server_id", "server_mac", "lease_time"} { // be it empty
		_, given := o.Options[needed]
		ok = ok && given
	}
	if !ok {
		return
	}
	id, mac := o.Options["server_id"], o.Options["server_mac"]
	for _, ip := range a.IPv4 {
		if !network.Masked().Contains(ip) {
			continue
		}
		resident := d.resident()
		match := F("inport == %s && eth.src == %s && ", d.key, a.MAC)
		d.e.AddMetered(d.p.Switch.DP, pipeline.LsInDHCPOptions, 100, match+F("(ip4.src == {%s, 0.0.0.0} && ip4.dst == {%s, 255.255.255.255}) && "+
			"udp.src == 68 && udp.dst == 67", ip, id)+resident,
			F(regDHCPReply+" = put_dhcp_opts(offerip = %s%s); next;", ip, d.options4(network)), d.p.Switch.meter("dhcpv4-opts"))
		d.e.Add(d.p.Switch.DP, pipeline.LsInDHCPResponse, 100, match+F("ip4 && udp.src == 68 && udp.dst == 67 && "+regDHCPReply)+resident,
			F("eth.dst = eth.src; eth.src = %s; ip4.src = %s; udp.src = 67; udp.dst = 68; outport = inport; flags.loopback = 1; output;", mac, id))
		if resident == "" {
			d.e.Add(d.p.Switch.DP, pipeline.LsOutACLEval, 34000, F("outport == %s && eth.src == %s && ip4.src == %s && udp && udp.src == 67 && udp.dst == 68",
				d.p.Key, mac, id), F(regAllow+" = 1; next;"))
		}
		return
	}
}

// options4 is the options as put_dhcp_opts takes them, by name, each with a comma before it.
func (d dhcpPort) options4(network network) string {
	o := d.p.DHCPv4Options.Options
	set := optionSet(o)
	set.Remove(dhcpOption{name: "server_mac", value: o["server_mac"]})
	if name, named := d.p.Options["hostname"]; named {
		set.Remove(dhcpOption{name: "hostname", value: o["hostname"]})
		set.Add(dhcpOption{name: "hostname", value: name})
	}
	set.Add(dhcpOption{name: "netmask", value: mask4(network), ours: true})
	return dhcpOptions(set.Keys())
}

// optionSet is options as ovn-northd has them once it copied them from its copy of the database, where they came by name.
// Which of two of one name is the first hangs on it.
func optionSet(options map[string]string) *lb.Table[dhcpOption] {
	byName := func(o dhcpOption) uint32 { return lb.HashString(o.name) }
	read, set := lb.NewTable(byName, 1), lb.NewTable(byName, 1)
	for _, name := range slices.Sorted(maps.Keys(options)) {
		read.Add(dhcpOption{name: name, value: options[name]})
	}
	for _, o := range read.Keys() {
		set.Add(o)
	}
	return set
}

type dhcpOption struct {
	name, value string
	ours        bool // one more of a name, even where the row has the very same
}

// dhcpOptions writes options by name, each with a comma before it. One that comes twice stays twice.
func dhcpOptions(opts []dhcpOption) string {
	sort.SliceStable(opts, func(i, j int) bool { return opts[i].name < opts[j].name })
	var b strings.Builder
	for _, o := range opts {
		b.WriteString(F(", %s = %s", o.name, o.value))
	}
	return b.String()
}

// mask4 is the mask of an IPv4 network as an address.
func mask4(n network) string {
	m := ^uint32(0) << (32 - n.Bits())
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

// v6 is the answer for the first address of a that lies in the options' network.
func (d dhcpPort) v6(a portAddress) {
	o := d.p.DHCPv6Options
	if o == nil {
		return
	}
	network, ok := parseNetwork(o.CIDR)
	id := o.Options["server_id"]
	server, good := parseMAC(id)
	if !ok || !good || macLen(id) != len(id) {
		return
	}
	for _, ip := range a.IPv6 {
		if !network.Masked().Contains(ip) {
			continue
		}
		d.answer6(a.MAC, ip, id, server.linkLocal())
		return
	}
}

// answer6 answers with an address, from a server whose Ethernet address is as the row has it.
func (d dhcpPort) answer6(m mac, ip netip.Addr, server string, from netip.Addr) {
	resident := d.resident()
	var opts []dhcpOption
	for k, val := range d.p.DHCPv6Options.Options {
		if k != "dhcpv6_stateless" {
			opts = append(opts, dhcpOption{name: k, value: val})
		}
	}
	list := dhcpOptions(opts)
	if boolOption(d.p.DHCPv6Options.Options, "dhcpv6_stateless", false) {
		list = strings.TrimPrefix(list, ", ")
	} else {
		list = F("ia_addr = %s", ip.Unmap()) + list
	}
	match := F("inport == %s && eth.src == %s && ip6.mcast && ip6.dst == ff02::1:2 && udp.src == 546 && udp.dst == 547", d.key, m) + resident
	d.e.AddMetered(d.p.Switch.DP, pipeline.LsInDHCPOptions, 100, match, F(regDHCPReply+" = put_dhcpv6_opts(%s); next;", list), d.p.Switch.meter("dhcpv6-opts"))
	d.e.Add(d.p.Switch.DP, pipeline.LsInDHCPResponse, 100, match+F(" && "+regDHCPReply),
		F("eth.dst = eth.src; eth.src = %s; ip6.dst = ip6.src; ip6.src = %s; udp.src = 547; udp.dst = 546; outport = inport; flags.loopback = 1; output;",
			server, from))
	if resident == "" {
		d.e.Add(d.p.Switch.DP, pipeline.LsOutACLEval, 34000, F("outport == %s && eth.src == %s && ip6.src == %s && udp && udp.src == 547 && udp.dst == 546",
			d.p.Key, server, from), F(regAllow+" = 1; next;"))
	}
}

// resident says where requests of an external port are answered.
func (d dhcpPort) resident() string {
	if d.p.Type != "external" {
		return ""
	}
	return F(" && is_chassis_resident(%s)", d.p.Key)
}

// relayDHCP hands broadcast requests to a router that relays them. For ovn-northd the port that leads there may be on another
// switch, as long as some port of this one leads to any router.
func relayDHCP(v *View, e *Emitter, p *SwitchPort) {
	to := v.switchPorts[p.Switch.OtherConfig["dhcp_relay_port"]]
	if to == nil || len(p.Switch.RouterPorts) == 0 || to.Peer == nil || to.Peer.DHCPRelay == nil || p.Type != "" || len(p.owned()) == 0 {
		return
	}
	if _, err := netip.ParseAddr(to.Peer.DHCPRelay.Servers); err != nil {
		return
	}
	e.AddMetered(p.Switch.DP, pipeline.LsInL2Lkup, 100,
		F("inport == %s && eth.src == %s && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && udp.src == 68 && udp.dst == 67", p.Key, p.owned()[0].MAC),
		F("eth.dst = %s; outport = %s; next; /* DHCP_RELAY_REQ */", to.Peer.MAC, to.Key), p.Switch.meter("dhcpv4-relay"))
}
