package simtest

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// Network is a small network in a few words, for tests to which addresses do not matter: switches with machines, all joined
// by one router. Every machine serves "i am NAME" on port 8000 and has the router as its gateway.
//
//	l := simtest.Network{
//		Switches:  map[string]string{"inside": "10.0.1.0/24 vm3", "dmz": "10.0.2.0/24 vm1 vm2"},
//		Router:    "r",
//		Balancers: map[string]string{"web": "30.0.0.1:80 vm1:8000 vm2:8000"},
//	}.Start(t)
//
// The router has the first address of each subnet, the machines have the next ones.
type Network struct {
	Switches  map[string]string // a subnet and machines, by the switch's name
	Router    string            // "" for none: switches by themselves
	Gateway   string            // the chassis that the router runs on; "" for a distributed router
	Balancers map[string]string // a VIP and its backends, each MACHINE:PORT or ADDRESS:PORT, by the balancer's name; attached nowhere yet
}

// Start makes the network and starts it.
func (n Network) Start(t testing.TB) *Lab {
	t.Helper()
	text, err := n.yaml()
	if err != nil {
		t.Fatalf("the network is wrong: %v", err)
	}
	return Parse(t, text)
}

// yaml is the network as a lab file.
func (n Network) yaml() (string, error) {
	var switches, ports, hosts strings.Builder
	addresses := map[string]netip.Addr{}
	for i, name := range slices.Sorted(maps.Keys(n.Switches)) {
		words := strings.Fields(n.Switches[name])
		if len(words) == 0 {
			return "", fmt.Errorf("switch %s needs a subnet", name)
		}
		subnet, err := netip.ParsePrefix(words[0])
		if err != nil {
			return "", fmt.Errorf("switch %s: %w", name, err)
		}
		gateway := subnet.Masked().Addr().Next()
		fmt.Fprintf(&switches, "  %s:\n    ports:\n", name)
		fmt.Fprintf(&ports, "      %s-%s: {mac: \"02:00:00:00:%02x:01\", networks: [%s], switch: %s}\n", n.Router, name, i, netip.PrefixFrom(gateway, subnet.Bits()), name)
		at := gateway
		for k, machine := range words[1:] {
			if _, twice := addresses[machine]; twice {
				return "", fmt.Errorf("machine %s is on two ports", machine)
			}
			if at = at.Next(); !subnet.Contains(at) {
				return "", fmt.Errorf("switch %s: %s has no room for %s", name, subnet, machine)
			}
			addresses[machine] = at
			fmt.Fprintf(&switches, "      %s: {addresses: [\"02:00:00:00:%02x:%02x %s\"]}\n", machine, i, k+2, at)
			fmt.Fprintf(&hosts, "  %s: {port: %s, addresses: [%s], http: {8000: i am %s}%s}\n", machine, machine, netip.PrefixFrom(at, subnet.Bits()), machine, n.route(gateway))
		}
		if len(words) == 1 {
			fmt.Fprintf(&switches, "      {}\n")
		}
	}
	balancers, err := n.balancers(addresses)
	if err != nil {
		return "", err
	}
	router := ""
	if n.Router != "" {
		options := ""
		if n.Gateway != "" {
			options = fmt.Sprintf("    options: {chassis: %s}\n", n.Gateway)
		}
		router = fmt.Sprintf("routers:\n  %s:\n%s    ports:\n%s", n.Router, options, ports.String())
	}
	return "version: 1\nswitches:\n" + switches.String() + router + balancers + "hosts:\n" + hosts.String(), nil
}

func (n Network) route(gateway netip.Addr) string {
	if n.Router == "" {
		return ""
	}
	return fmt.Sprintf(", routes: {default: \"%s\"}", gateway)
}

// balancers is the balancers' part of the lab file.
func (n Network) balancers(addresses map[string]netip.Addr) (string, error) {
	if len(n.Balancers) == 0 {
		return "", nil
	}
	text := "load_balancers:\n"
	for _, name := range slices.Sorted(maps.Keys(n.Balancers)) {
		words := strings.Fields(n.Balancers[name])
		if len(words) == 0 {
			return "", fmt.Errorf("balancer %s needs a VIP", name)
		}
		var backends []string
		for _, word := range words[1:] {
			machine, port, _ := strings.Cut(word, ":")
			if a, ok := addresses[machine]; ok {
				word = a.String()
				if port != "" {
					word = net.JoinHostPort(word, port)
				}
			}
			backends = append(backends, word)
		}
		text += fmt.Sprintf("  %s: {vips: {\"%s\": \"%s\"}}\n", name, words[0], strings.Join(backends, ","))
	}
	return text, nil
}
