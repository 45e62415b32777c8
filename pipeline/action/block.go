package action

// Block is the actions between braces.
type Block struct{ Actions []Action }

// nested is the text of an action with a block.
func (k *Block) append(b []byte, name string, at At) []byte {
	b = append(append(b, name...), " { "...)
	return append(Append(b, k.Actions, at), " };"...)
}

// Clone executes its block on a copy of the packet: clone { outport = "p"; output; };
type Clone struct{ Block }

// ARP executes its block on an ARP request made from the IP packet: arp { eth.dst = ff:ff:ff:ff:ff:ff; output; };
type ARP struct{ Block }

// NDNS executes its block on an IPv6 neighbour solicitation made from the IP packet: nd_ns { nd.target = xxreg0; output; };
type NDNS struct{ Block }

// NDNA executes its block on the neighbour advertisement that answers the solicitation: nd_na { … };
type NDNA struct{ Block }

// NDNARouter is NDNA with the router flag set: nd_na_router { … };
type NDNARouter struct{ Block }

// ICMP4 executes its block on an ICMPv4 error made from the packet: icmp4 { icmp4.type = 11; … };
type ICMP4 struct{ Block }

// ICMP4Error is ICMP4 with the IP packet's beginning behind the ICMP header (RFC 1122, 3.2.2): icmp4_error { … };
type ICMP4Error struct{ Block }

// ICMP6 executes its block on an ICMPv6 error made from the packet: icmp6 { icmp6.type = 3; … };
type ICMP6 struct{ Block }

// ICMP6Error is ICMP6 for packets too big: icmp6_error { icmp6.frag_mtu = 1400; … };
type ICMP6Error struct{ Block }

// TCPReset executes its block on an RST that answers the TCP segment: tcp_reset { … };
type TCPReset struct{ Block }

// SCTPAbort executes its block on an ABORT that answers the SCTP packet: sctp_abort { … };
type SCTPAbort struct{ Block }

// Reject executes its block on what refuses the packet: RST for TCP, ABORT for SCTP, else an ICMP error, its addresses
// exchanged: reject { outport <-> inport; next(pipeline=egress, table=5); };
type Reject struct{ Block }

// Blocks is the action's nested actions, nil where it has none: what a walk over a list needs.
func Blocks(a Action) []Action {
	if n, ok := a.(interface{ nested() []Action }); ok {
		return n.nested()
	}
	return nil
}

func (k *Block) nested() []Action { return k.Actions }

func (a *Clone) String() string      { return Format(a, At{}) }
func (a *ARP) String() string        { return Format(a, At{}) }
func (a *NDNS) String() string       { return Format(a, At{}) }
func (a *NDNA) String() string       { return Format(a, At{}) }
func (a *NDNARouter) String() string { return Format(a, At{}) }
func (a *ICMP4) String() string      { return Format(a, At{}) }
func (a *ICMP4Error) String() string { return Format(a, At{}) }
func (a *ICMP6) String() string      { return Format(a, At{}) }
func (a *ICMP6Error) String() string { return Format(a, At{}) }
func (a *TCPReset) String() string   { return Format(a, At{}) }
func (a *SCTPAbort) String() string  { return Format(a, At{}) }
func (a *Reject) String() string     { return Format(a, At{}) }

func (a *Clone) append(b []byte, at At) []byte      { return a.Block.append(b, "clone", at) }
func (a *ARP) append(b []byte, at At) []byte        { return a.Block.append(b, "arp", at) }
func (a *NDNS) append(b []byte, at At) []byte       { return a.Block.append(b, "nd_ns", at) }
func (a *NDNA) append(b []byte, at At) []byte       { return a.Block.append(b, "nd_na", at) }
func (a *NDNARouter) append(b []byte, at At) []byte { return a.Block.append(b, "nd_na_router", at) }
func (a *ICMP4) append(b []byte, at At) []byte      { return a.Block.append(b, "icmp4", at) }
func (a *ICMP4Error) append(b []byte, at At) []byte { return a.Block.append(b, "icmp4_error", at) }
func (a *ICMP6) append(b []byte, at At) []byte      { return a.Block.append(b, "icmp6", at) }
func (a *ICMP6Error) append(b []byte, at At) []byte { return a.Block.append(b, "icmp6_error", at) }
func (a *TCPReset) append(b []byte, at At) []byte   { return a.Block.append(b, "tcp_reset", at) }
func (a *SCTPAbort) append(b []byte, at At) []byte  { return a.Block.append(b, "sctp_abort", at) }
func (a *Reject) append(b []byte, at At) []byte     { return a.Block.append(b, "reject", at) }
