package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// replySymmetrically keeps a connection on the way that its first packet came (options:ecmp_symmetric_reply): the
// sender's address and port go into conntrack, replies take them from there instead of choosing a route.
func replySymmetrically(v *View, e *Emitter, r *Router, one *route) {
	key := one.out.key
	from := one.address(!one.bySource)
	if one.prefix.IsSingleIP() {
		from = strings.TrimSuffix(from, F("/%d", one.prefix.Bits()))
	}
	back := F("ct_mark.ecmp_reply_port == %d", key)
	source := regSource6
	if one.from.Is4() {
		source = regSource4
	}
	e.Add(r.DP, pipeline.LrInDefrag, 100, F("inport == %s && %s", one.out.Key, from), "ct_next;")
	e.Add(r.DP, pipeline.LrInECMPStateful, 100, F("inport == %s && %s && (ct.new || ct.est)", one.out.Key, from),
		F("ct_commit { ct_label.ecmp_reply_eth = eth.src; ct_mark.ecmp_reply_port = %d;}; next;", key))
	e.Add(r.DP, pipeline.LrInIPRouting, 10300, F("%s && %s", back, one.groupMatch()),
		F("ip.ttl--; flags.loopback = 1; eth.src = %s; %s = %s; outport = %s; next;", one.out.MAC, source, one.from, one.out.Key))
	e.Add(r.DP, pipeline.LrInPolicy, 65535, back, "next;")
	e.Add(r.DP, pipeline.LrInARPResolve, 200, back, "push(xxreg1); xxreg1 = ct_label; eth.dst = xxreg1[32..79]; pop(xxreg1); next;")
}

// commitECMPReply remembers by which port a connection that began here went out on a symmetric route.
func commitECMPReply(v *View, e *Emitter, p *RouterPort) {
	commit := func(key string, number int) {
		e.Add(p.Router.DP, pipeline.LrInECMPStatefulEgr, 100, F(regECMPSymmetric+" == 1 && ip && outport == %s", key),
			F("ct_commit { ct_label.ecmp_reply_eth = eth.dst; ct_mark.ecmp_reply_port = %d;}; output;", number))
	}
	commit(p.Key, p.key)
	if p.redirect != nil {
		commit(p.Redirect, p.redirect.key)
	}
}
