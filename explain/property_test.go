package explain_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/sim/host"
)

// TestVerdictsHold: over random networks, attachments and requests no verdict says what the events contradict, and every
// change that is suggested has the request answered once it is made.
func TestVerdictsHold(t *testing.T) {
	counts, remedies := map[explain.Reason]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawLab(t)
		l, err := lab.Read([]byte(text), "random.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		from := rapid.SampledFrom(l.Hosts).Draw(t, "from").Name
		what := rapid.SampledFrom([]string{"http://%s:80", "http://%s:8080", "udp://%s:53", "ping://%s"}).Draw(t, "what")
		what = fmt.Sprintf(what, rapid.SampledFrom(vips).Draw(t, "vip"))
		p, err := l.Start()
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for range rapid.IntRange(1, 2).Draw(t, "times") {
			r, err := p.Explain(from, what, 40000)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range r.Verdicts {
				counts[v.Reason]++
			}
			if wrong := contradictions(p, r); len(wrong) > 0 {
				t.Fatalf("%s asks %s: %s\n%s\n%s", from, what, r.Outcome, strings.Join(wrong, "\n"), text)
			}
			if r.Flow.Stop == host.Answered {
				continue
			}
			if err := p.Verify(r); err != nil {
				t.Fatal(err)
			}
			for _, v := range r.Verdicts {
				if v.Remedy != "" {
					remedies++
					servedAfter(t, text, from, what, v.Commands)
				}
			}
		}
	})
	t.Logf("%d remedies; verdicts: %v", remedies, counts)
}

func servedAfter(t *rapid.T, text, from, what string, commands []string) {
	l, err := lab.Read([]byte(text), "random.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Start()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := p.Run(strings.Join(commands, "\n"), "remedy", &out, &out); err != nil || out.Len() > 0 {
		t.Fatalf("%q: %v %s", commands, err, out.String())
	}
	if r, err := p.Explain(from, what, 40000); err != nil || r.Flow.Stop != host.Answered {
		t.Fatalf("%s asks %s: not answered after %q: %v %s\n%s", from, what, commands, err, r.Outcome, text)
	}
}

// vips are the addresses that balancers have: one of nobody's network, one in a subnet, one of a machine, one outside.
var vips = []string{"30.0.0.1", "10.0.1.77", "10.0.1.1", "192.0.2.77"}

// drawLab writes a random lab: up to three subnets on a router, perhaps a gateway router beyond, balancers anywhere.
func drawLab(t *rapid.T) string {
	subnets := rapid.IntRange(1, 3).Draw(t, "subnets")
	backends := []string{"192.0.2.9"}
	var switches, ports, hosts, acls strings.Builder
	for i := range subnets {
		name := string(rune('a' + i))
		acls.Reset()
		for k := range rapid.IntRange(0, 2).Draw(t, "acls") {
			fmt.Fprintf(&acls, "{priority: %d, direction: %s, match: %q, action: %s}, ", 1000+k,
				rapid.SampledFrom([]string{"from-lport", "to-lport"}).Draw(t, "direction"),
				rapid.SampledFrom([]string{"ip4", "tcp.dst == 80", "udp", "ip4.dst == 30.0.0.1", "tcp.src == 80"}).Draw(t, "match"),
				rapid.SampledFrom([]string{"allow-related", "allow", "drop", "reject", "allow-stateless"}).Draw(t, "action"))
		}
		fmt.Fprintf(&switches, "  %s:\n    load_balancer: [%s]\n    load_balancer_group: [%s]\n    acls: [%s]\n    ports:\n", name, attach(t), drawGroup(t), acls.String())
		for h := 1; h <= rapid.IntRange(1, 2).Draw(t, "machines"); h++ {
			ip := fmt.Sprintf("10.0.%d.%d", i, h)
			backends = append(backends, ip)
			fmt.Fprintf(&switches, "      %s%d: {addresses: [\"02:00:00:00:%02x:%02x %s\"]}\n", name, h, i, h, ip)
			routes := ""
			if rapid.IntRange(0, 4).Draw(t, "route") > 0 {
				routes = fmt.Sprintf("routes: {default: 10.0.%d.254}, ", i)
			}
			fmt.Fprintf(&hosts, "  %s%d: {port: %s%d, addresses: [%s/24], %shttp: {80: hi}, udp: {53: hi}}\n", name, h, name, h, ip, routes)
		}
		gateway := ""
		if rapid.IntRange(0, 4).Draw(t, "gateway port") == 0 {
			gateway = rapid.SampledFrom([]string{"gateway_chassis: [{name: gw" + name + ", chassis_name: hv1, priority: 1}], ", "ha_chassis_group: nobody, "}).Draw(t, "gateway")
		}
		fmt.Fprintf(&ports, "      r%s: {%smac: \"02:00:00:01:00:%02x\", networks: [10.0.%d.254/24], switch: %s}\n", name, gateway, i, i, name)
	}
	r := rapid.SampledFrom([]string{"", "options: {chassis: hv1}", "options: {chassis: hv1, lb_force_snat_ip: router_ip}"}).Draw(t, "router options")
	return fmt.Sprintf(`version: 1
switches:
%s  join: {}
  out: {load_balancer: [%s], ports: {ln: {type: localnet, addresses: [unknown], options: {network_name: net}}}}
routers:
  r:
    %s
    load_balancer: [%s]
    load_balancer_group: [%s]
    ports:
%s      rj: {mac: "02:00:00:01:01:01", networks: [100.64.0.1/24], switch: join}
    static_routes: [{ip_prefix: 0.0.0.0/0, nexthop: 100.64.0.2}]
  g:
    options: {chassis: hv1}
    load_balancer: [%s]
    load_balancer_group: [%s]
    ports:
      gj: {mac: "02:00:00:01:01:02", networks: [100.64.0.2/24], switch: join}
      go: {mac: "02:00:00:01:01:03", networks: [192.0.2.1/24], switch: out}
    static_routes: [{ip_prefix: 10.0.0.0/16, nexthop: 100.64.0.1}]
load_balancers:
%s%s%sload_balancer_groups: {group: {load_balancer: [%s]}}
ha_chassis_groups: {nobody: {}}
hosts:
%s  o: {port: ln, mac: "02:00:00:00:09:09", addresses: [192.0.2.9/24], http: {80: hi}, udp: {53: hi}}
scenarios: {}
`, switches.String(), attach(t), r, attach(t), drawGroup(t), ports.String(), attach(t), drawGroup(t),
		drawBalancer(t, "x", backends), drawBalancer(t, "y", backends), drawBalancer(t, "z", backends), attach(t), hosts.String())
}

// attach is balancers for one place, mostly none.
func attach(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", "x", "y", "x, y", "x, z"}).Draw(t, "attached")
}

func drawGroup(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", "group"}).Draw(t, "group")
}

func drawBalancer(t *rapid.T, name string, machines []string) string {
	vip, proto := rapid.SampledFrom(vips).Draw(t, "vip"), ""
	port, to := "", ""
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
	case 1:
		port, to, proto = ":53", ":53", "protocol: udp, "
	default:
		port, to = ":80", ":80"
	}
	var list []string
	for range rapid.IntRange(0, 3).Draw(t, "backends") {
		list = append(list, rapid.SampledFrom(machines).Draw(t, "backend")+to)
	}
	options := rapid.SampledFrom([]string{"", `, options: {reject: "true"}`, `, options: {affinity_timeout: "60"}`, `, options: {skip_snat: "true"}`,
		`, options: {hairpin_snat_ip: 169.254.0.5}`, `, options: {use_stateless_nat: "true"}`, `, options: {distributed: "true"}`}).Draw(t, "options")
	check := ""
	if port != "" && rapid.IntRange(0, 5).Draw(t, "check") == 0 {
		check = fmt.Sprintf(", health_check: [{vip: %q}]", vip+port)
	}
	return fmt.Sprintf("  %s: {%svips: {%q: %q}%s%s}\n", name, proto, vip+port, strings.Join(list, ","), check, options)
}
