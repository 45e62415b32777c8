package northd

import "ovnsim/pipeline"

// lbEventFeature tells the operator of connections to a VIP that has no backend (options:event, controller_event).
var lbEventFeature = feature{
	name:   "lb-event",
	title:  "Load_Balancer options:event",
	stages: []pipeline.Stage{pipeline.LsInPreLB, pipeline.LrInDNAT},
	global: func(v *View, e *Emitter) {
		everywhere := boolOption(v.Options, "controller_event", false)
		onSwitches, onRouters := v.switchesByMeter("event-elb"), v.routersByMeter("event-elb")
		for _, b := range v.Balancers {
			for _, vip := range b.VIPs {
				if !b.Event && !everywhere || b.Reject || len(vip.Backends) > 0 {
					continue
				}
				e.addByMeter(onSwitches, b.Switches, pipeline.LsInPreLB, 130, vip.asked(), vip.event())
				e.addByMeter(onRouters, b.Routers, pipeline.LrInDNAT, 130, vip.asked(), vip.event())
			}
		}
	},
}

// asked matches packets to the VIP.
func (vip *VIP) asked() string {
	match := F("%s.dst == %s && %s", vip.ip(), vip.IP, vip.Proto)
	if vip.Port != "" {
		match += F(" && %s.dst == %s", vip.Proto, vip.Port)
	}
	return match
}

// event is the action that reports a packet.
func (vip *VIP) event() string {
	return F(`trigger_event(event = "empty_lb_backends", vip = "%s", protocol = "%s", load_balancer = "%s");`,
		vip.key(), vip.Proto, vip.UUID)
}
