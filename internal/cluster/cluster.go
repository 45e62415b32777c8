// Package cluster makes topologies of any size as Kubernetes CNIs lay them out on OVN, to measure with.
package cluster

import (
	"encoding/binary"
	"fmt"

	"ovnsim/topology"
)

// cluster builds a topology as Kubernetes CNIs lay it out on OVN: a distributed cluster router, a join switch, and per
// node a switch with pods, a gateway router and an external switch. Every service is a load balancer in one group that
// all node switches and gateway routers have.
type cluster struct {
	*topology.Topology
	serial uint64
}

func add[R topology.Record](c *cluster, row R) R {
	c.serial++
	binary.BigEndian.PutUint64(row.Base().UUID[8:], c.serial)
	c.Add(row)
	return row
}

// New makes a cluster. Pods of node i have the addresses 10.128.i.2 and on, and are on the ports pod-i-0 and on; service s
// is 10.96.(s>>8).(s&255):80, with two pods at port 8080 behind it.
func New(nodes, pods, services, acls int) *topology.Topology {
	c := &cluster{Topology: &topology.Topology{}}
	add(c, &topology.NBGlobal{Options: map[string]string{"svc_monitor_mac": "0a:00:00:00:00:01"}})
	group := c.services(nodes, pods, services)
	router := add(c, &topology.LogicalRouter{Name: "cluster"})
	join := add(c, &topology.LogicalSwitch{Name: "join"})
	router.Ports = append(router.Ports, c.joined(join, "cluster", "0a:58:64:40:00:01", "100.64.0.1/16"))
	all := add(c, &topology.PortGroup{Name: "allpods"})
	for i := range nodes {
		c.node(i, pods, router, join, group, all)
	}
	for k := range acls {
		all.ACLs = append(all.ACLs, add(c, &topology.ACL{Priority: int64(1001 + k%100), Direction: "to-lport", Action: "allow-related",
			Match: fmt.Sprintf("outport == @allpods && tcp.dst == %d", 1000+k)}))
	}
	return c.Topology
}

func (c *cluster) services(nodes, pods, services int) *topology.LoadBalancerGroup {
	group := add(c, &topology.LoadBalancerGroup{Name: "cluster"})
	for s := range services {
		vip := fmt.Sprintf("10.96.%d.%d:80", s>>8, s&255)
		backends := fmt.Sprintf("10.128.%d.2:8080,10.128.%d.3:8080", s%nodes, (s*7+1)%nodes)
		group.LoadBalancer = append(group.LoadBalancer, add(c, &topology.LoadBalancer{Name: fmt.Sprint("svc", s), Protocol: "tcp",
			VIPs: map[string]string{vip: backends}, Options: map[string]string{"reject": "true"}}))
	}
	return group
}

func (c *cluster) node(i, pods int, router *topology.LogicalRouter, join *topology.LogicalSwitch, group *topology.LoadBalancerGroup, all *topology.PortGroup) {
	groups := []*topology.LoadBalancerGroup{group}
	sw := add(c, &topology.LogicalSwitch{Name: fmt.Sprint("node", i), LoadBalancerGroup: groups})
	router.Ports = append(router.Ports, c.linked(sw, fmt.Sprint("rtos", i), fmt.Sprintf("0a:58:01:%02x:%02x:01", i>>8, i&255), fmt.Sprintf("10.128.%d.1/24", i)))
	for j := range pods {
		a := fmt.Sprintf("0a:58:02:%02x:%02x:%02x 10.128.%d.%d", i>>8, i&255, j+2, i, j+2)
		p := add(c, &topology.LogicalSwitchPort{Name: fmt.Sprintf("pod-%d-%d", i, j), Addresses: []string{a}, PortSecurity: []string{a}})
		sw.Ports, all.Ports = append(sw.Ports, p), append(all.Ports, p)
	}
	ext := add(c, &topology.LogicalSwitch{Name: fmt.Sprint("ext", i)})
	ext.Ports = append(ext.Ports, add(c, &topology.LogicalSwitchPort{Name: fmt.Sprint("ln", i), Type: "localnet", Addresses: []string{"unknown"},
		Options: map[string]string{"network_name": "physnet"}}))
	gr := add(c, &topology.LogicalRouter{Name: fmt.Sprint("GR", i), LoadBalancerGroup: groups,
		Options: map[string]string{"chassis": fmt.Sprint("ch", i), "lb_force_snat_ip": "router_ip"}})
	gr.NAT = append(gr.NAT, add(c, &topology.NAT{Type: "snat", ExternalIP: fmt.Sprintf("172.18.%d.2", i), LogicalIP: fmt.Sprintf("10.128.%d.0/24", i)}))
	gr.Ports = append(gr.Ports,
		c.joined(join, fmt.Sprint("GR", i), fmt.Sprintf("0a:58:03:%02x:%02x:02", i>>8, i&255), fmt.Sprintf("100.64.%d.2/16", i)),
		c.linked(ext, fmt.Sprint("rtoe", i), fmt.Sprintf("0a:58:03:%02x:%02x:03", i>>8, i&255), fmt.Sprintf("172.18.%d.2/16", i)))
	router.StaticRoutes = append(router.StaticRoutes, add(c, &topology.LogicalRouterStaticRoute{
		IPPrefix: fmt.Sprintf("10.128.%d.0/24", i), Nexthop: fmt.Sprintf("100.64.%d.2", i), Policy: "src-ip"}))
}

func (c *cluster) joined(join *topology.LogicalSwitch, router, mac, network string) *topology.LogicalRouterPort {
	return c.linked(join, "rtoj-"+router, mac, network)
}

func (c *cluster) linked(sw *topology.LogicalSwitch, name, mac, network string) *topology.LogicalRouterPort {
	sw.Ports = append(sw.Ports, add(c, &topology.LogicalSwitchPort{Name: "s" + name, Type: "router", Addresses: []string{"router"},
		Options: map[string]string{"router-port": name}}))
	return add(c, &topology.LogicalRouterPort{Name: name, MAC: mac, Networks: []string{network}})
}
