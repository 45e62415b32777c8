package northd

import (
	"strconv"
	"strings"
	"time"

	"ovnsim/pipeline"
)

// datapathRows says of every datapath what chassis want to know of it (Datapath_Binding.external_ids).
func (v *View) datapathRows() {
	for _, s := range v.Switches {
		s.DP.ExternalIDs = s.ids()
		s.DP.Name2 = s.DP.ExternalIDs["name2"]
	}
	for _, r := range v.Routers {
		r.DP.ExternalIDs = r.ids()
		r.DP.Name2 = r.DP.ExternalIDs["name2"]
		r.DP.MACAges, _ = pipeline.ParseAges(r.LogicalRouter.Options["mac_binding_age_threshold"])
	}
}

// ids is what a switch's row says of it. What dynamic routing asks for counts where the switch has a VNI at all.
func (s *Switch) ids() map[string]string {
	out, o := map[string]string{"name": s.Name, "logical-switch": s.UUID.String()}, s.OtherConfig
	copyOption(out, "name2", s.ExternalIDs["neutron:network_name"])
	copyPositive(out, o, "ct-zone-limit")
	copyPositive(out, o, "fdb_age_threshold")
	if ts, ok := o["interconn-ts"]; ok {
		out["interconn-ts"] = ts
	}
	if _, ok := o["dynamic-routing-vni"]; !ok {
		return out
	}
	for _, key := range []string{"dynamic-routing-vni", "dynamic-routing-redistribute", "dynamic-routing-arp-prefer-local"} {
		if value, ok := o[key]; ok {
			out[key] = value
		}
	}
	for _, key := range []string{"dynamic-routing-bridge-ifname", "dynamic-routing-vxlan-ifname", "dynamic-routing-advertise-ifname"} {
		if names, ok := o[key]; ok && interfaceNames(key, names) {
			out[key] = names
		}
	}
	return out
}

// interfaceNames says whether names are short enough for network devices. Only the VXLAN devices are a list.
func interfaceNames(key, names string) bool {
	if key != "dynamic-routing-vxlan-ifname" {
		return len(names) <= 16
	}
	for _, name := range strings.Split(names, ",") {
		if len(name) > 16 {
			return false
		}
	}
	return true
}

func (r *Router) ids() map[string]string {
	o := r.LogicalRouter.Options
	out := map[string]string{
		"name": r.Name, "logical-router": r.UUID.String(),
		"disable_garp_rarp": strconv.FormatBool(boolOption(o, "disable_garp_rarp", false)),
	}
	copyOption(out, "name2", r.ExternalIDs["neutron:router_name"])
	copyPositive(out, o, "ct-zone-limit")
	copyPositive(out, o, "dynamic-routing-vrf-id")
	if zone, ok := o["snat-ct-zone"]; ok {
		if n, err := strconv.Atoi(strings.TrimSpace(zone)); err == nil && n >= 0 {
			out["snat-ct-zone"] = strconv.Itoa(n)
		}
	}
	if !boolOption(o, "always_learn_from_arp_request", true) {
		out["always_learn_from_arp_request"] = "false"
	}
	if ages, _ := pipeline.ParseAges(o["mac_binding_age_threshold"]); ages.Shortest() > 0 {
		out["mac_binding_age_threshold"] = strconv.Itoa(int(ages.Shortest() / time.Second))
	}
	copyOption(out, "dynamic-routing-v4-prefix-nexthop", o["dynamic-routing-v4-prefix-nexthop"])
	copyOption(out, "dynamic-routing-v6-prefix-nexthop", o["dynamic-routing-v6-prefix-nexthop"])
	return out
}

// copyOption copies what is not empty.
func copyOption(to map[string]string, key, value string) {
	if value != "" {
		to[key] = value
	}
}

// copyPositive copies an option that counts only as a number above 0.
func copyPositive(to, from map[string]string, key string) {
	if n := intOption(from, key); n > 0 && (n < 1<<32 || key != "fdb_age_threshold") {
		to[key] = strconv.Itoa(n)
	}
}
