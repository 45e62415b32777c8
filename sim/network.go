package sim

import (
	"cmp"
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
)

// network is a southbound database made ready to run: names are numbers, references are pointers. It is what every packet
// finds, on whatever chassis; packets do not change it. What few of them ask for is made when one does.
type network struct {
	sb        *pipeline.Southbound
	kept      *keptSets                        // that its versions share
	names     *expr.Names                      // of ports and multicast groups, and of those that other networks have
	datapaths []datapath                       // in the order of the database
	moved     map[*pipeline.Datapath]*datapath // whose Index is that of another version
	ports     []port                           // in the order in which ovn-trace comes by them
	byNumber  []*port                          // by the number of the port's name; nil for names of no port
	links     []*port                          // that lead to another datapath
	grouped   []bool                           // by number: there are multicast groups of the name
	byRow     bool                             // groups are in the order of Open vSwitch, links as ovn-controller makes them
	keyed     bool                             // datapaths know their ports by tunnel key
	sets      sets
	vipPorts  map[vip]uint16      // see vips; nil until asked
	security  map[*port][]secured // see secured
}

// datapath is a switch or router with what is bound to it.
type datapath struct {
	*pipeline.Datapath
	index     int                        // in the database
	gateway   bool                       // has an l3gateway port: a gateway router
	localnet  *port                      // of a switch on a physical network
	groupRows []*pipeline.MulticastGroup // whose
	groups    map[uint32]*group          // by the number of the group's name; nil until asked
	keys      map[uint16]*port           // by tunnel key, see network.keysOf
	macs      map[neighbour]uint64
	fdb       map[uint64]uint16 // MAC to tunnel key of the port it was learned on
}

// port is a logical port with its references resolved.
type port struct {
	*pipeline.PortBinding
	number      uint32
	dp          *datapath
	peer        *port // the other end of a patch, or of a gateway's link
	distributed *port // of a chassisredirect port: the port that it stands for
}

func newNetwork(sb *pipeline.Southbound, known *parsed) *network {
	n := &network{sb: sb, names: known.names, kept: known.sets, datapaths: make([]datapath, len(sb.Datapaths)), ports: make([]port, 0, len(sb.Ports))}
	for i, dp := range sb.Datapaths {
		n.datapaths[i] = datapath{Datapath: dp, index: i}
		if dp.Index != i {
			n.move(dp, &n.datapaths[i])
		}
	}
	n.byNumber = make([]*port, max(n.names.Len(), 1+len(sb.Ports)))
	n.addPorts(sb.Ports)
	n.addGroups(sb.MulticastGroups)
	n.learn(sb)
	return n
}

func (n *network) move(row *pipeline.Datapath, dp *datapath) {
	if n.moved == nil {
		n.moved = map[*pipeline.Datapath]*datapath{}
	}
	n.moved[row] = dp
}

// datapath finds a datapath of the database, nil for one of another.
func (n *network) datapath(row *pipeline.Datapath) *datapath {
	if row != nil && row.Index < len(n.datapaths) && n.datapaths[row.Index].Datapath == row {
		return &n.datapaths[row.Index]
	}
	return n.moved[row]
}

// addPorts binds the ports, in the order in which ovn-trace comes by their rows.
func (n *network) addPorts(rows []*pipeline.PortBinding) {
	mask := buckets(len(rows))
	byBucket := func(a, b *pipeline.PortBinding) int { return cmp.Compare(bucket(a.UUID, mask), bucket(b.UUID, mask)) }
	if !slices.IsSortedFunc(rows, byBucket) {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, byBucket)
	}
	before := uint32(0)
	var redirects []*port
	for _, b := range rows {
		dp := n.datapath(b.Datapath)
		if dp == nil {
			continue
		}
		before = n.names.InternAfter(before, b.LogicalPort)
		p := n.addPort(b, dp, before)
		if p != nil && p.Type == "chassisredirect" {
			redirects = append(redirects, p)
		}
	}
	for _, p := range redirects {
		if d := n.portNamed(p.Options["distributed-port"]); d != nil && d.dp == p.dp {
			p.distributed = d
		}
	}
}

// addPort binds a port. A second port of a name is left out: that is nil. Ports whose options do not name each other are linked
// as ovn-trace happens to link them: whoever comes later in its copy of the database takes the port that it names.
func (n *network) addPort(b *pipeline.PortBinding, dp *datapath, number uint32) *port {
	for int(number) >= len(n.byNumber) {
		n.byNumber = append(n.byNumber, nil)
	}
	if n.byNumber[number] != nil {
		return nil
	}
	n.ports = append(n.ports, port{PortBinding: b, number: number, dp: dp})
	p := &n.ports[len(n.ports)-1]
	n.byNumber[number] = p
	switch b.Type {
	case "l3gateway":
		dp.gateway = true
		fallthrough
	case "patch":
		n.links = append(n.links, p)
		if peer := n.portNamed(b.Options["peer"]); peer != nil {
			p.peer, peer.peer = peer, p
		}
	case "localnet":
		if dp.localnet == nil {
			dp.localnet = p
		}
	}
	return p
}

// isLink tells ports that lead to another datapath.
func (p *port) isLink() bool { return p.Type == "patch" || p.Type == "l3gateway" }

// dataplane makes links and groups as those of a chassis are, not as ovn-trace has them: a port leads to the one that its own
// options name.
func (n *network) dataplane() {
	if n.byRow {
		return
	}
	n.byRow = true
	for i := range n.datapaths {
		n.datapaths[i].groups = nil
	}
	for i := range n.ports {
		n.ports[i].peer = nil
	}
	for _, p := range n.links {
		p.peer = n.portNamed(p.Options["peer"])
	}
}

// named is the number of a name that a port or group of the network has; "" is 0.
func (n *network) named(name string) (number uint32, ok bool) {
	number, ok = n.names.Number(name)
	return number, ok && n.has(number)
}

// has tells whether the network has a port or group with the number.
func (n *network) has(number uint32) bool {
	return number == 0 || int(number) < len(n.byNumber) && n.byNumber[number] != nil || n.isGroup(number)
}

// port is the port with a number; nil for none, for groups and for ports of other datapaths.
func (n *network) port(dp *datapath, number uint32) *port {
	if int(number) >= len(n.byNumber) {
		return nil
	}
	if p := n.byNumber[number]; p != nil && p.dp == dp {
		return p
	}
	return nil
}

// portNamed is the port of a name, nil for none.
func (n *network) portNamed(name string) *port {
	number, ok := n.names.Number(name)
	if !ok || int(number) >= len(n.byNumber) {
		return nil
	}
	if p := n.byNumber[number]; p != nil && (number != 0 || p.LogicalPort == name) {
		return p
	}
	return nil
}

// keysOf is a datapath's ports by tunnel key.
func (n *network) keysOf(dp *datapath) map[uint16]*port {
	if !n.keyed {
		n.keyed = true
		for i := range n.ports {
			p := &n.ports[i]
			if p.dp.keys == nil {
				p.dp.keys = map[uint16]*port{}
			}
			p.dp.keys[p.TunnelKey] = p
		}
	}
	return dp.keys
}

// unknownKey marks numbers that are the tunnel key of nothing.
const unknownKey = 1 << 30

// byKey is what a string field holds for a tunnel key.
func (n *network) byKey(dp *datapath, key uint16) uint32 {
	if p := n.keysOf(dp)[key]; p != nil {
		return p.number
	}
	for number, g := range n.groupsOf(dp) {
		if g.TunnelKey == key {
			return number
		}
	}
	if key == 0 {
		return 0
	}
	return unknownKey | uint32(key)
}

// number is what a string field holds for a name in a datapath: 0 for what is not there.
func (n *network) number(dp *datapath, name string) uint32 {
	id, ok := n.names.Number(name)
	if !ok {
		return 0
	}
	if n.port(dp, id) != nil || n.group(dp, id) != nil {
		return id
	}
	return 0
}

// findPort finds a port by its name, by its friendly name, or by at least four digits of its UUID (ovn-trace does the same for
// names in microflows). nil if there is none or more than one.
func (n *network) findPort(name string) *port {
	if p := n.portNamed(name); p != nil || name == "" {
		return p
	}
	var found *port
	for i := range n.ports {
		p := &n.ports[i]
		if p.ExternalIDs["name"] != name && !isPrefixOfUUID(name, p.UUID) {
			continue
		}
		if found != nil {
			return nil
		}
		found = p
	}
	return found
}

func isPrefixOfUUID(name string, u ovsdb.UUID) bool {
	return len(name) >= 4 && strings.HasPrefix(u.String(), strings.ToLower(name))
}
