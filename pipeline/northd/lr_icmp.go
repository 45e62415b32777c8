package northd

import "ovnsim/pipeline"

// icmpFeature answers with errors: time exceeded, and unreachable for what is sent to the router itself.
var icmpFeature = feature{
	name:   "router-icmp",
	title:  "Logical_Router_Port: networks, as the source of ICMP errors",
	stages: []pipeline.Stage{pipeline.LrInIPInput},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		timeExceeded(e, p)
		if p.Router.isCentral() {
			return // traffic to the router's addresses may be for NAT or a balancer
		}
		for _, n := range p.Networks4 {
			unreachable4(e, p, n.Addr().String())
		}
		for _, n := range p.Networks6 {
			unreachable6(e, p, n.Addr().String())
		}
	},
}

const (
	timeExceeded4 text = "icmp4 {eth.dst <-> eth.src; icmp4.type = 11; /* Time exceeded */ icmp4.code = 0; /* TTL exceeded in transit */ " +
		"%s; ip.ttl = 254; outport = %s; flags.loopback = 1; output; };"
	timeExceeded6 text = "icmp6 {eth.dst <-> eth.src; %s; ip.ttl = 254; icmp6.type = 3; /* Time exceeded */ icmp6.code = 0; /* TTL exceeded in transit */ " +
		"outport = %s; flags.loopback = 1; output; };"
)

// timeExceeded answers packets whose time to live runs out. A sender on one of the port's networks is answered from that
// network's address, others from the port's first one; a distributed gateway port answers in the name of the address
// that its neighbour sent to.
func timeExceeded(e *Emitter, p *RouterPort) {
	dp, meter4, meter6 := p.Router.DP, p.Router.meter("icmp4-error"), p.Router.meter("icmp6-error")
	for i, n := range p.Networks4 {
		turn := F("ip4.dst = ip4.src; ip4.src = %s ", n.Addr())
		if p.Redirect != "" {
			turn = "ip4.dst <-> ip4.src "
		}
		e.AddMetered(dp, pipeline.LrInIPInput, 31, F("inport == %s && ip4 && ip4.src == %s && ip.ttl == {0, 1} && !ip.later_frag", p.Key, n.subnet()),
			F(timeExceeded4, turn, p.Key), meter4)
		if i == 0 {
			e.AddMetered(dp, pipeline.LrInIPInput, 30, F("inport == %s && ip4 && ip.ttl == {0, 1} && !ip.later_frag", p.Key),
				F(timeExceeded4, F("ip4.dst = ip4.src; ip4.src = %s", n.Addr()), p.Key), meter4)
		}
	}
	for i, n := range p.Networks6 {
		turn := F("ip6.dst = ip6.src; ip6.src = %s ", n.Addr())
		if p.Redirect != "" {
			turn = "ip6.dst <-> ip6.src "
		}
		if i < len(p.Networks6)-1 { // the last is the link-local one that every port has
			e.AddMetered(dp, pipeline.LrInIPInput, 31, F("inport == %s && ip6 && ip6.src == %s && ip.ttl == {0, 1} && !ip.later_frag", p.Key, n.subnet()),
				F(timeExceeded6, turn, p.Key), meter6)
		}
		if i == 0 {
			e.AddMetered(dp, pipeline.LrInIPInput, 30, F("inport == %s && ip6 && ip.ttl == {0, 1} && !ip.later_frag", p.Key),
				F(timeExceeded6, F("ip6.dst = ip6.src; ip6.src = %s", n.Addr()), p.Key), meter6)
		}
	}
}

// unreachable4 refuses what is sent to one of the router's addresses, by protocol (RFC 1812, 5.2.7.1).
func unreachable4(e *Emitter, p *RouterPort, a string) {
	dp, r := p.Router.DP, p.Router
	e.AddMetered(dp, pipeline.LrInIPInput, 80, F("ip4 && ip4.dst == %s && !ip.later_frag && udp", a),
		"icmp4 {eth.dst <-> eth.src; ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 3; icmp4.code = 3; next; };", r.meter("icmp4-error"))
	e.AddMetered(dp, pipeline.LrInIPInput, 80, F("ip4 && ip4.dst == %s && !ip.later_frag && tcp", a),
		"tcp_reset {eth.dst <-> eth.src; ip4.dst <-> ip4.src; next; };", r.meter("tcp-reset"))
	e.AddMetered(dp, pipeline.LrInIPInput, 80, F("ip4 && ip4.dst == %s && !ip.later_frag && sctp", a),
		"sctp_abort {eth.dst <-> eth.src; ip4.dst <-> ip4.src; next; };", r.meter("tcp-reset"))
	e.AddMetered(dp, pipeline.LrInIPInput, 70, F("ip4 && ip4.dst == %s && !ip.later_frag", a),
		"icmp4 {eth.dst <-> eth.src; ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 3; icmp4.code = 2; next; };", r.meter("icmp4-error"))
}

// unreachable6 is unreachable4 for IPv6 (RFC 4443, 3.1).
func unreachable6(e *Emitter, p *RouterPort, a string) {
	dp, r := p.Router.DP, p.Router
	e.AddMetered(dp, pipeline.LrInIPInput, 80, F("ip6 && ip6.dst == %s && !ip.later_frag && udp", a),
		"icmp6 {eth.dst <-> eth.src; ip6.dst <-> ip6.src; ip.ttl = 255; icmp6.type = 1; icmp6.code = 4; next; };", r.meter("icmp6-error"))
	e.AddMetered(dp, pipeline.LrInIPInput, 80, F("ip6 && ip6.dst == %s && !ip.later_frag && tcp", a),
		"tcp_reset {eth.dst <-> eth.src; ip6.dst <-> ip6.src; next; };", r.meter("tcp-reset"))
	e.AddMetered(dp, pipeline.LrInIPInput, 80, F("ip6 && ip6.dst == %s && !ip.later_frag && sctp", a),
		"sctp_abort {eth.dst <-> eth.src; ip6.dst <-> ip6.src; next; };", r.meter("tcp-reset"))
	e.AddMetered(dp, pipeline.LrInIPInput, 70, F("ip6 && ip6.dst == %s && !ip.later_frag", a),
		"icmp6 {eth.dst <-> eth.src; ip6.dst <-> ip6.src; ip.ttl = 255; icmp6.type = 1; icmp6.code = 3; next; };", r.meter("icmp6-error"))
}
