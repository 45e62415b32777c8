package tracefuzz

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// learn writes into a network's southbound database what chassis would have learned from traffic: who has which address behind
// a router's port, and behind which port of a switch a MAC is. It returns the new file.
func learn(n *Network, seed int64) ([]byte, error) {
	db, err := ovsdb.Read(bytes.NewReader(n.File), "southbound")
	if err != nil {
		return nil, err
	}
	w := newWorld(seed, n.Topology, n.Recorded)
	l := &learner{Rand: rand.New(rand.NewSource(seed)), db: db, w: w}
	for _, p := range n.Recorded.Ports {
		datapath := p.Datapath.UUID.String()
		switch {
		case (p.Type == "patch" || p.Type == "l3gateway") && !strings.Contains(strings.Join(p.MAC, " "), "router") && l.w.chance(2):
			for range l.Intn(4) {
				l.neighbour(p.LogicalPort, datapath)
			}
		case p.Type == "" || p.Type == "localnet":
			if l.w.chance(3) {
				l.station(p)
			}
		}
	}
	var b bytes.Buffer
	if l.err == nil {
		l.err = db.Write(&b)
	}
	return b.Bytes(), l.err
}

type learner struct {
	*rand.Rand
	db  *ovsdb.Database
	w   *world
	err error
}

func (l *learner) neighbour(port, datapath string) {
	ip, mac := l.w.destination(l.w.chance(3)), l.mac()
	for _, r := range l.db.Rows("MAC_Binding") {
		if r.String("logical_port") == port && r.String("ip") == ip {
			return
		}
	}
	l.insert("MAC_Binding", map[string]string{"logical_port": port, "ip": ip, "mac": mac, "datapath": datapath})
}

func (l *learner) station(p *pipeline.PortBinding) {
	mac, key := l.mac(), int64(p.Datapath.TunnelKey)
	for _, r := range l.db.Rows("FDB") {
		if of, _ := r.Int("dp_key"); of == key && r.String("mac") == mac {
			return
		}
	}
	l.insert("FDB", map[string]string{"mac": mac, "dp_key": fmt.Sprint(key), "port_key": fmt.Sprint(p.TunnelKey)})
}

// mac is a machine's, or a stranger's.
func (l *learner) mac() string {
	return l.w.of(append(l.w.macs, fmt.Sprintf("02:00:00:00:01:%02x", l.Intn(4)))...)
}

func (l *learner) insert(table string, columns map[string]string) {
	var u ovsdb.UUID
	l.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	row := l.db.Tables[table].Insert(u)
	for c, v := range columns {
		if err := row.Set(c, v); err != nil && l.err == nil {
			l.err = fmt.Errorf("%s.%s: %w", table, c, err)
		}
	}
}
