package action

import "ovnsim/pipeline/expr"

// Verb is a row of the table of actions.
type Verb struct {
	Name   string // the word it is known by; "" for actions that have none
	Form   string // how it is written
	Prereq string // what it implies of the match besides what its fields do, a predicate; "" for nothing
	Doc    string

	stores bool // written "R = name(…)"
	// parse reads what follows the name; of an action that stores its result, what follows "R = name(".
	parse func(p *parser, v *Verb, dst expr.Ref) Action
}

// Verbs is every action, in the order of ovn-sb(5); those that the manual leaves out stand beside their like.
var Verbs = []Verb{
	{Name: "drop", Form: "drop;", Doc: "do nothing with the packet; stands alone in its list"},
	{Name: "output", Form: "output;", Doc: "run the egress pipeline for outport, or there, send the packet out",
		parse: bare(&Output{})},
	{Name: "next", Form: "next; next(table); next(pipeline=P, table=N);", Doc: "go on in another table", parse: parseNext},
	{Form: "field = constant;", Doc: "set a field"},
	{Form: "field1 = field2;", Doc: "copy a field"},
	{Form: "field1 <-> field2;", Doc: "exchange two fields"},
	{Name: "push", Form: "push(field);", Doc: "put a field on the stack", parse: parsePush},
	{Name: "pop", Form: "pop(field);", Doc: "take the top of the stack into a field", parse: parsePop},
	{Name: "ip.ttl", Form: "ip.ttl--;", Prereq: "ip", Doc: "take 1 from the TTL; stop if none is left", parse: parseDecTTL},

	{Name: "ct_next", Form: "ct_next; ct_next(dnat|snat);", Prereq: "ip", Doc: "track the connection, go on in the next table",
		parse: zoned(true, func(z Zone) Action { return &CtNext{z} })},
	{Name: "ct_commit", Form: "ct_commit { ct_mark = value[/mask]; ct_label = value[/mask]; };", Prereq: "ip",
		Doc: "commit the connection", parse: parseCtCommit},
	{Name: "ct_commit_to_zone", Form: "ct_commit_to_zone(dnat|snat);", Prereq: "ip",
		Doc: "commit the connection in a zone, go on in the next table", parse: zoned(false, func(z Zone) Action { return &CtCommitToZone{z} })},
	{Name: "ct_dnat", Form: "ct_dnat; ct_dnat(IP[,port[-port]]);", Prereq: "ip", Doc: "translate the destination in the DNAT zone",
		parse: nat(func(n NAT) Action { return &CtDNAT{n} })},
	{Name: "ct_snat", Form: "ct_snat; ct_snat(IP[,port[-port]]);", Prereq: "ip", Doc: "translate the source in the SNAT zone",
		parse: nat(func(n NAT) Action { return &CtSNAT{n} })},
	{Name: "ct_dnat_in_czone", Form: "ct_dnat_in_czone; ct_dnat_in_czone(IP[,port[-port]]);", Prereq: "ip",
		Doc: "translate the destination in the common zone", parse: nat(func(n NAT) Action { return &CtDNATInCzone{n} })},
	{Name: "ct_snat_in_czone", Form: "ct_snat_in_czone; ct_snat_in_czone(IP[,port[-port]]);", Prereq: "ip",
		Doc: "translate the source in the common zone", parse: nat(func(n NAT) Action { return &CtSNATInCzone{n} })},
	{Name: "ct_clear", Form: "ct_clear;", Doc: "forget what connection tracking said", parse: bare(&CtClear{})},
	{Name: "ct_commit_nat", Form: "ct_commit_nat; ct_commit_nat(dnat|snat);", Prereq: "ip",
		Doc: "commit the connection and apply its NAT", parse: zoned(true, func(z Zone) Action { return &CtCommitNAT{z} })},

	{Name: "clone", Form: "clone { action; … };", Doc: "execute the actions on a copy",
		parse: block(func(k Block) Action { return &Clone{k} })},
	{Name: "arp", Form: "arp { action; … };", Prereq: "ip", Doc: "execute the actions on an ARP request",
		parse: block(func(k Block) Action { return &ARP{k} })},
	{Name: "get_arp", Form: "get_arp(P, A);", Doc: "eth.dst = the MAC of a neighbour, 0 if unknown", parse: parseGetARP},
	{Name: "put_arp", Form: "put_arp(P, A, E);", Doc: "learn the MAC of a neighbour", parse: parsePutARP},
	{Name: "lookup_arp", Form: "R = lookup_arp(P, A, M);", Doc: "is the MAC of a neighbour known to be M?", stores: true, parse: parseLookupARP},
	{Name: "lookup_arp_ip", Form: "R = lookup_arp_ip(P, A);", Doc: "is the MAC of a neighbour known?", stores: true, parse: parseLookupARPIP},
	{Name: "get_fdb", Form: "P = get_fdb(A);", Doc: "the port that a MAC was learned on", stores: true, parse: parseGetFDB},
	{Name: "get_remote_fdb", Form: "P = get_remote_fdb(A);", Doc: "the same of MACs learned from other chassis", stores: true, parse: parseGetRemoteFDB},
	{Name: "put_fdb", Form: "put_fdb(P, A);", Doc: "learn the port of a MAC", parse: parsePutFDB},
	{Name: "lookup_fdb", Form: "R = lookup_fdb(P, A);", Doc: "was a MAC learned on the port?", stores: true, parse: parseLookupFDB},
	{Name: "nd_ns", Form: "nd_ns { action; … };", Prereq: "ip", Doc: "execute the actions on a neighbour solicitation",
		parse: block(func(k Block) Action { return &NDNS{k} })},
	{Name: "nd_na", Form: "nd_na { action; … };", Prereq: "nd_ns", Doc: "execute the actions on a neighbour advertisement",
		parse: block(func(k Block) Action { return &NDNA{k} })},
	{Name: "nd_na_router", Form: "nd_na_router { action; … };", Prereq: "nd_ns", Doc: "the same, from a router",
		parse: block(func(k Block) Action { return &NDNARouter{k} })},
	{Name: "get_nd", Form: "get_nd(P, A);", Doc: "get_arp for IPv6", parse: parseGetND},
	{Name: "put_nd", Form: "put_nd(P, A, E);", Doc: "put_arp for IPv6", parse: parsePutND},
	{Name: "lookup_nd", Form: "R = lookup_nd(P, A, M);", Doc: "lookup_arp for IPv6", stores: true, parse: parseLookupND},
	{Name: "lookup_nd_ip", Form: "R = lookup_nd_ip(P, A);", Doc: "lookup_arp_ip for IPv6", stores: true, parse: parseLookupNDIP},

	{Name: "put_dhcp_opts", Form: "R = put_dhcp_opts(D1 = V1, …);", Doc: "make a DHCP request its answer; done?", stores: true, parse: parsePutDHCPOpts},
	{Name: "put_dhcpv6_opts", Form: "R = put_dhcpv6_opts(D1 = V1, …);", Doc: "make a DHCPv6 request its answer; done?", stores: true, parse: parsePutDHCPv6Opts},
	{Name: "set_queue", Form: "set_queue(queue_number);", Doc: "choose the queue of the physical port", parse: parseSetQueue},
	{Name: "ct_lb", Form: "ct_lb; ct_lb(backends=ip[:port][,…][; hash_fields=\"…\"][; skip_snat|force_snat]);", Prereq: "ip",
		Doc: "balance load; deprecated", parse: balance(false, func(l Balance) Action { return &CtLB{l} })},
	{Name: "ct_lb_mark", Form: "ct_lb_mark; ct_lb_mark(backends=…);", Prereq: "ip", Doc: "balance load, the flag in ct_mark",
		parse: balance(false, func(l Balance) Action { return &CtLBMark{l} })},
	{Name: "ct_lb_mark_local", Form: "ct_lb_mark_local; ct_lb_mark_local(backends=\"port\":ip[:port][,…]…);", Prereq: "ip",
		Doc: "balance load among this chassis' backends", parse: balance(true, func(l Balance) Action { return &CtLBMarkLocal{l} })},
	{Name: "dns_lookup", Form: "R = dns_lookup();", Prereq: "udp", Doc: "make a DNS query its answer; done?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &DNSLookup{r} })},
	{Name: "put_nd_ra_opts", Form: "R = put_nd_ra_opts(D1 = V1, …);", Prereq: "ip6", Doc: "make a router solicitation an advertisement; done?",
		stores: true, parse: parsePutNDRAOpts},
	{Name: "set_meter", Form: "set_meter(rate[, burst]);", Doc: "limit the flow's rate", parse: parseSetMeter},
	{Name: "check_pkt_larger", Form: "R = check_pkt_larger(L);", Doc: "has the frame more than L bytes?", stores: true, parse: parseCheckPktLarger},
	{Name: "log", Form: "log([name=\"…\",] verdict=…[, severity=…][, meter=\"…\"]);", Doc: "log the packet", parse: parseLog},
	{Name: "fwd_group", Form: "fwd_group([liveness=bool,] childports=\"port\", …);", Doc: "send to one of several ports", parse: parseFwdGroup},
	{Name: "icmp4", Form: "icmp4 { action; … };", Prereq: "ip4", Doc: "execute the actions on an ICMPv4 error",
		parse: block(func(k Block) Action { return &ICMP4{k} })},
	{Name: "icmp4_error", Form: "icmp4_error { action; … };", Prereq: "ip4", Doc: "the same, the packet's beginning behind the header",
		parse: block(func(k Block) Action { return &ICMP4Error{k} })},
	{Name: "icmp6", Form: "icmp6 { action; … };", Prereq: "ip6", Doc: "execute the actions on an ICMPv6 error",
		parse: block(func(k Block) Action { return &ICMP6{k} })},
	{Name: "icmp6_error", Form: "icmp6_error { action; … };", Prereq: "ip6", Doc: "the same, for packets too big",
		parse: block(func(k Block) Action { return &ICMP6Error{k} })},
	{Name: "tcp_reset", Form: "tcp_reset { action; … };", Prereq: "tcp", Doc: "execute the actions on an RST",
		parse: block(func(k Block) Action { return &TCPReset{k} })},
	{Name: "sctp_abort", Form: "sctp_abort { action; … };", Prereq: "sctp", Doc: "execute the actions on an ABORT",
		parse: block(func(k Block) Action { return &SCTPAbort{k} })},
	{Name: "reject", Form: "reject { action; … };", Doc: "execute the actions on what refuses the packet",
		parse: block(func(k Block) Action { return &Reject{k} })},
	{Name: "trigger_event", Form: "trigger_event(event = \"empty_lb_backends\", …);", Doc: "let a row of Controller_Event be written", parse: parseTriggerEvent},
	{Name: "igmp", Form: "igmp;", Doc: "let the controller learn from a membership report", parse: bare(&IGMP{})},
	{Name: "bind_vport", Form: "bind_vport(V, P);", Doc: "move a virtual port to a port", parse: parseBindVport},
	{Name: "handle_svc_check", Form: "handle_svc_check(P);", Doc: "take the answer to a health check", parse: parseHandleSvcCheck},
	{Name: "handle_bfd_msg", Form: "handle_bfd_msg();", Doc: "take a BFD message", parse: parseHandleBFDMsg},
	{Name: "handle_dhcpv6_reply", Form: "handle_dhcpv6_reply;", Doc: "take a prefix delegation server's answer", parse: bare(&HandleDHCPv6Reply{})},
	{Name: "select", Form: "R = select(N1[=W1], …); R = select(values=(N1[=W1], …); hash_fields=\"…\");", Doc: "choose a number, go on in the next table",
		stores: true, parse: parseSelect},
	{Name: "chk_lb_hairpin", Form: "R = chk_lb_hairpin();", Doc: "was the packet balanced back to its sender?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &ChkLBHairpin{r} })},
	{Name: "chk_lb_hairpin_reply", Form: "R = chk_lb_hairpin_reply();", Doc: "does it answer such a packet?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &ChkLBHairpinReply{r} })},
	{Name: "ct_snat_to_vip", Form: "ct_snat_to_vip;", Doc: "translate the source of a hairpinned packet to the VIP", parse: bare(&CtSNATToVIP{})},
	{Name: "check_in_port_sec", Form: "R = check_in_port_sec();", Doc: "does port security of inport forbid it?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &CheckInPortSec{r} })},
	{Name: "check_out_port_sec", Form: "R = check_out_port_sec();", Doc: "does port security of outport forbid it?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &CheckOutPortSec{r} })},
	{Name: "commit_ecmp_nh", Form: "commit_ecmp_nh(ipv6 = bool, proto = tcp|udp|sctp);", Doc: "remember the connection's next hop", parse: parseCommitECMPNH},
	{Name: "chk_ecmp_nh_mac", Form: "R = chk_ecmp_nh_mac();", Doc: "is the next hop known by its MAC?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &ChkECMPNHMAC{r} })},
	{Name: "chk_ecmp_nh", Form: "R = chk_ecmp_nh();", Doc: "is the next hop known?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &ChkECMPNH{r} })},
	{Name: "commit_lb_aff", Form: "commit_lb_aff(vip = \"ip[:port]\", backend = \"ip[:port]\"[, proto = tcp|udp|sctp], timeout = seconds);",
		Doc: "remember the client's backend", parse: parseCommitLBAff},
	{Name: "chk_lb_aff", Form: "R = chk_lb_aff();", Doc: "is the client's backend known?", stores: true,
		parse: query1(1, func(r expr.Ref) Action { return &ChkLBAff{r} })},
	{Name: "ct_nw_dst", Form: "R = ct_nw_dst();", Doc: "the IPv4 destination first asked for", stores: true,
		parse: query1(32, func(r expr.Ref) Action { return &CtNwDst{r} })},
	{Name: "ct_ip6_dst", Form: "R = ct_ip6_dst();", Doc: "the IPv6 destination first asked for", stores: true,
		parse: query1(128, func(r expr.Ref) Action { return &CtIP6Dst{r} })},
	{Name: "ct_tp_dst", Form: "R = ct_tp_dst();", Doc: "the port first asked for", stores: true,
		parse: query1(16, func(r expr.Ref) Action { return &CtTpDst{r} })},
	{Name: "ct_proto", Form: "R = ct_proto();", Doc: "the connection's protocol", stores: true,
		parse: query1(8, func(r expr.Ref) Action { return &CtProto{r} })},
	{Name: "ct_state_save", Form: "R = ct_state_save();", Doc: "the low eight bits of ct_state", stores: true,
		parse: query1(8, func(r expr.Ref) Action { return &CtStateSave{r} })},
	{Name: "sample", Form: "sample(probability=packets, …);", Doc: "send samples to an IPFIX collector", parse: parseSample},
	{Name: "mac_cache_use", Form: "mac_cache_use;", Doc: "a MAC binding was used", parse: bare(&MACCacheUse{})},
	{Name: "flood_remote", Form: "flood_remote;", Doc: "send to all other chassis of the datapath", parse: bare(&FloodRemote{})},
	{Name: "dhcp_relay_req_chk", Form: "R = dhcp_relay_req_chk(relay-ip, server-ip);", Doc: "make a DHCP request a relayed one; done?", stores: true, parse: parseRelayReq},
	{Name: "dhcp_relay_resp_chk", Form: "R = dhcp_relay_resp_chk(relay-ip, server-ip);", Doc: "make a relayed answer the client's; done?", stores: true, parse: parseRelayResp},
	{Name: "mirror", Form: "mirror(P);", Doc: "send a copy to the mirror port's target", parse: parseMirror},
}

// statements and results are the rows of Verbs by name, as they are told apart: by what the text begins with.
var statements, results map[string]*Verb

func init() {
	statements, results = make(map[string]*Verb, len(Verbs)), make(map[string]*Verb, len(Verbs))
	for i := range Verbs {
		switch v := &Verbs[i]; {
		case v.parse == nil:
		case v.stores:
			results[v.Name] = v
		default:
			statements[v.Name] = v
		}
	}
}

// bare is an action that is a word alone. Having nothing to say, one value of it serves all.
func bare(a Action) func(*parser, *Verb, expr.Ref) Action {
	return func(p *parser, v *Verb, _ expr.Ref) Action {
		p.need(v.Prereq)
		return a
	}
}

// query1 is an action that stores a result of a width and takes no argument.
func query1(width int, make func(dst expr.Ref) Action) func(*parser, *Verb, expr.Ref) Action {
	return func(p *parser, v *Verb, dst expr.Ref) Action {
		if !p.Match(expr.RParen) {
			p.Errorf("%s doesn't take any parameters", v.Name)
			return nil
		}
		p.into(dst, width)
		p.need(v.Prereq)
		return make(dst)
	}
}

// block is an action with nested actions.
func block(make func(Block) Action) func(*parser, *Verb, expr.Ref) Action {
	return func(p *parser, v *Verb, _ expr.Ref) Action { return make(p.block(v.Prereq, false)) }
}
