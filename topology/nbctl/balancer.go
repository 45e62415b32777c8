package nbctl

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

func lbAdd(s *session, c *call) error {
	name, vip, ips := c.args[0], c.args[1], c.args[2]
	if c.has("--reject") && c.has("--event") {
		return fail("--reject and --event can't specified at the same time")
	}
	protocol := cmp.Or(c.arg(3), "tcp")
	if !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return fail("%s: protocol must be one of \"tcp\", \"udp\",  or \"sctp\".", protocol)
	}
	options := balancerOptions(c)
	if !c.has("--template") {
		var err error
		if vip, ips, err = balancerAddresses(vip, ips, len(c.args) > 3); err != nil {
			return err
		}
	}
	if !c.has("--add-duplicate") {
		old, err := lookup(s, balancers, name)
		switch {
		case err != nil:
			return err
		case old != nil:
			return s.addVIP(c, old, vip, ips, protocol)
		}
	}
	s.insert(&topology.LoadBalancer{Name: name, VIPs: map[string]string{vip: ips}, Protocol: protocol, Options: options})
	return nil
}

func (s *session) addVIP(c *call, lb *topology.LoadBalancer, vip, ips, protocol string) error {
	if _, there := lb.VIPs[vip]; there && !c.has("--may-exist") {
		return fail("%s: a load balancer with this vip (%s) already exists", c.args[0], vip)
	}
	s.tx.Edit(lb)
	vips := map[string]string{}
	for k, v := range lb.VIPs {
		vips[k] = v
	}
	vips[vip] = ips
	lb.VIPs = vips
	if len(c.args) > 3 {
		lb.Protocol = protocol
	}
	return nil
}

func balancerOptions(c *call) map[string]string {
	out := make(map[string]string)
	for flag, key := range map[string]string{"--reject": "reject", "--event": "event", "--add-route": "add_route", "--template": "template"} {
		if c.has(flag) {
			out[key] = "true"
		}
	}
	if c.has("--template") {
		out["address-family"] = cmp.Or(c.arg(4), "ipv4")
	}
	return out
}

// balancerAddresses checks a VIP and its backends and writes them as OVN stores them.
func balancerAddresses(vip, ips string, protocolGiven bool) (string, string, error) {
	address, port, ok := endpoint(vip)
	switch {
	case !ok:
		return "", "", fail("%s: should be an IP address (or an IP address and a port number with : as a separator).", vip)
	case port == 0 && protocolGiven:
		return "", "", fail("Protocol is unnecessary when no port of vip is given.")
	}
	var backends []string
	for _, word := range strings.FieldsFunc(ips, func(r rune) bool { return r == ',' || r == ' ' }) {
		backend, err := backendAddress(address, port, word)
		if err != nil {
			return "", "", err
		}
		backends = append(backends, backend)
	}
	return endpointText(address, port), strings.Join(backends, ","), nil
}

func backendAddress(vip netip.Addr, port uint16, word string) (string, error) {
	ip, ownPort, ok := endpoint(word)
	switch {
	case ok && ip.Is6() != vip.Is6():
		return "", fail("%s: IP address family is different from VIP %s.", word, vip)
	case port == 0 && (!ok || ownPort != 0):
		return "", fail("%s: should be an IP address.", word)
	case port != 0 && (!ok || ownPort == 0):
		return "", fail("%s: should be an IP address and a port number with : as a separator.", word)
	}
	return endpointText(ip, ownPort), nil
}

// endpoint reads IP, IP:port or [IPv6]:port; port 0 stands for none.
func endpoint(s string) (netip.Addr, uint16, bool) {
	if ip, ok := parseIP(s); ok {
		return ip, 0, true
	}
	host, portText := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, portText = s[:i], s[i+1:]
	}
	inner, bracketed := strings.CutPrefix(host, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
	}
	ip, ok := parseIP(inner)
	if !ok || ip.Is6() != bracketed {
		return ip, 0, false
	}
	if portText == "" {
		return ip, 0, !strings.HasSuffix(s, ":")
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	return ip, uint16(port), err == nil
}

func endpointText(ip netip.Addr, port uint16) string {
	if port == 0 {
		return ip.String()
	}
	return netip.AddrPortFrom(ip, port).String()
}

func lbDel(s *session, c *call) error {
	lb, err := lookup(s, balancers, c.args[0])
	if err != nil || lb == nil {
		return err // a balancer that is not there is fine, with or without --if-exists
	}
	if len(c.args) == 1 {
		s.tx.Delete(lb)
		return nil
	}
	vip := c.args[1]
	if ip, port, ok := endpoint(vip); ok {
		vip = endpointText(ip, port)
	}
	if _, there := lb.VIPs[vip]; !there {
		if c.has("--if-exists") {
			return nil
		}
		return fail("vip %s is not part of the load balancer.", vip)
	}
	if len(lb.VIPs) == 1 {
		s.tx.Delete(lb)
		return nil
	}
	s.tx.Edit(lb)
	vips := make(map[string]string)
	for k, v := range lb.VIPs {
		if k != vip {
			vips[k] = v
		}
	}
	lb.VIPs = vips
	return nil
}

func lbList(s *session, c *call) error {
	var list []*topology.LoadBalancer
	for _, r := range s.Listed(topology.TableNamed("Load_Balancer")) {
		list = append(list, r.(*topology.LoadBalancer))
	}
	if len(c.args) > 0 {
		lb, err := lookup(s, balancers, c.args[0])
		if err != nil || lb == nil {
			return err
		}
		list = []*topology.LoadBalancer{lb}
	}
	printBalancers(c, list)
	return nil
}

// printBalancers prints a table of balancers by name, a line for each VIP.
func printBalancers(c *call, list []*topology.LoadBalancer) {
	list = topology.SortedPairs(list, func(lb *topology.LoadBalancer) string { return lb.Name })
	width := 0
	for _, lb := range list {
		for vip := range lb.VIPs {
			width = max(width, len(vip))
		}
	}
	width += 4
	line := func(uuid, name, protocol, vip, ips string) {
		c.printf("%-40.36s%-20.16s%-11.7s%-*s%s\n", uuid, name, protocol, width, vip, ips)
	}
	if slices.ContainsFunc(list, func(lb *topology.LoadBalancer) bool { return len(lb.VIPs) > 0 }) {
		line("UUID", "LB", "PROTO", "VIP", "IPs")
	}
	for _, lb := range list {
		uuid, name := lb.UUID.String(), lb.Name
		for _, vip := range sortedKeys(lb.VIPs) {
			protocol := cmp.Or(lb.Protocol, "(null)") // as ovn-nbctl has it
			if _, port, ok := endpoint(vip); ok && port == 0 {
				protocol = ""
			}
			line(uuid, name, protocol, vip, lb.VIPs[vip])
			uuid, name = "", ""
		}
	}
}

// attachment is what ls-lb-* and lr-lb-* do alike: a datapath with its set of balancers.
type attachment struct {
	title string
	find  func(s *session, id string) (topology.Record, *[]*topology.LoadBalancer, error)
}

var (
	onSwitch = attachment{"switch", func(s *session, id string) (topology.Record, *[]*topology.LoadBalancer, error) {
		ls, err := must(s, switches, id)
		if err != nil {
			return nil, nil, err
		}
		return ls, &ls.LoadBalancer, nil
	}}
	onRouter = attachment{"router", func(s *session, id string) (topology.Record, *[]*topology.LoadBalancer, error) {
		lr, err := must(s, routers, id)
		if err != nil {
			return nil, nil, err
		}
		return lr, &lr.LoadBalancer, nil
	}}
)

func (a attachment) add(s *session, c *call) error {
	row, set, err := a.find(s, c.args[0])
	if err != nil {
		return err
	}
	lb, err := must(s, balancers, c.args[1])
	if err != nil {
		return err
	}
	if slices.Contains(*set, lb) {
		if c.has("--may-exist") {
			return nil
		}
		return fail("%v : a load balancer with this UUID already exists", lb.UUID)
	}
	s.tx.Edit(row)
	*set = with(*set, lb)
	return nil
}

func (a attachment) del(s *session, c *call) error {
	row, set, err := a.find(s, c.args[0])
	if err != nil {
		return err
	}
	s.tx.Edit(row)
	if len(c.args) == 1 {
		*set = nil
		return nil
	}
	lb, err := must(s, balancers, c.args[1])
	if err != nil {
		return err
	}
	if !slices.Contains(*set, lb) {
		if c.has("--if-exists") {
			return nil
		}
		return fail("load balancer %s is not part of any logical %s.", c.args[1], a.title)
	}
	*set = minus(*set, lb)
	return nil
}

func (a attachment) list(s *session, c *call) error {
	_, set, err := a.find(s, c.args[0])
	if err != nil {
		return err
	}
	printBalancers(c, *set)
	return nil
}
