package northd

import (
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// lbAffinityFeature sends the connections of one client to the backend that its last one went to (options:affinity_timeout).
var lbAffinityFeature = feature{
	name:  "lb-affinity",
	title: "Load_Balancer options:affinity_timeout",
	stages: []pipeline.Stage{
		pipeline.LsInLBAffCheck, pipeline.LsInLB, pipeline.LsInLBAffLearn,
		pipeline.LrInLBAffCheck, pipeline.LrInDNAT, pipeline.LrInLBAffLearn,
	},
	global: func(v *View, e *Emitter) {
		for _, b := range v.Balancers {
			for _, vip := range b.VIPs {
				if b.Affinity > 0 {
					vip.known().stickOnSwitches(e)
					vip.known().stickOnRouters(v, e)
				}
			}
		}
	},
}

// known is the VIP with those of its backends' ports that are no variables.
func (vip *VIP) known() *VIP {
	out := *vip
	out.Backends = slices.Clone(vip.Backends)
	for i := range out.Backends {
		if b := &out.Backends[i]; !b.Addr.IsValid() {
			b.Port = ""
		}
	}
	return &out
}

func (vip *VIP) stickOnSwitches(e *Emitter) {
	g := vip.Switches
	e.AddGroup(g, pipeline.LsInLBAffCheck, 100, vip.sticks("ct.new"), regStickyLB+" = chk_lb_aff(); next;")
	for i := range vip.Backends {
		b := &vip.Backends[i]
		e.AddGroup(g, pipeline.LsInLB, 150, vip.stuck(b), vip.remember()+F("ct_lb_mark(backends=%s);", vip.backend(b)))
		e.AddGroup(g, pipeline.LsInLBAffLearn, 100, vip.chosen(b), vip.learn(b))
	}
}

func (vip *VIP) stickOnRouters(v *View, e *Emitter) {
	all := vip.Routers
	e.AddGroup(all, pipeline.LrInLBAffCheck, 100, vip.sticks("ct.new && !ct.rel"), regStickyLB+" = chk_lb_aff(); next;")
	vip.six, vip.four = vip.Template, is4(vip.Addr) // ovn-northd does not know a variable's family here
	for i := range vip.Backends {
		b := &vip.Backends[i]
		for _, c := range v.snatClasses(vip.Balancer) {
			action := c.flag + F("ct_lb_mark(backends=%s%s);", vip.backend(b), c.argument)
			e.AddGroup(c.routers, pipeline.LrInDNAT, 150, vip.stuck(b), action)
		}
		e.AddGroup(all, pipeline.LrInLBAffLearn, 100, vip.chosen(b), vip.learn(b))
	}
}

// sticks matches a new connection that may stick to a backend already.
func (vip *VIP) sticks(state string) string {
	return F("%s && %s && %s.dst == %s", state, vip.ip(), vip.ip(), vip.IP) + vip.connection()
}

// stuck matches a new connection that sticks to one backend, which the check has put in the VIP's registers.
func (vip *VIP) stuck(b *Backend) string {
	match := F(regStickyLB+" == 1 && ct.new && %s.dst == %s && %s == %s", vip.ip(), vip.IP, vip.register(), b.IP)
	if b.Port != "" {
		match += F(" && "+regVIPPort+" == %s", b.Port)
	}
	return match
}

// chosen matches a new connection for which one backend has been chosen.
func (vip *VIP) chosen(b *Backend) string {
	match := F(regStickyLB+" == 0 && ct.new && %s && %s == %s", vip.ip(), vip.register(), vip.IP)
	if vip.Port != "" {
		match += F(" && "+regVIPPort+" == %s", vip.Port)
	}
	match += F(" && %s.dst == %s", vip.ip(), b.IP)
	if b.Port != "" {
		match += F(" && %s.dst == %s", vip.Proto, b.Port)
	}
	return match
}

// learn makes the client stick to the backend. The packet ends here: its retransmission goes the way that was learned.
func (vip *VIP) learn(b *Backend) string {
	args := []string{F(`vip = "%s"`, vip.key()), F(`backend = "%s"`, vip.backend(b))}
	if vip.Port != "" {
		args = append(args, "proto = "+vip.Proto)
	}
	args = append(args, F("timeout = %d", vip.Affinity))
	return F("commit_lb_aff(%s); /* drop */", strings.Join(args, ", "))
}
