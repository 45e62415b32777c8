package sim

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"ovnsim/pipeline"
	"ovnsim/sim/packet"
	"ovnsim/sim/reply"
)

// ageing forgets what nobody uses: neighbours of routers (MAC_Binding) and addresses on switches (FDB). Three take part, and
// each by its own clock:
//
//	flows            see who uses a row: a packet from a neighbour, or to one; a packet from an address
//	ovn-controller   looks at that from time to time, and writes a new timestamp to rows in use; asks neighbours that are
//	                 sent to and say nothing whether they are still there
//	ovn-northd       deletes rows whose timestamp is too old
//
// So a row outlives its last use by more than its age, and by less than two. The next packet finds no row: a router asks for
// the neighbour, a switch floods.
type ageing struct {
	neighbours cache[macKey]
	addresses  cache[fdbKey]
	switches   map[string]*pipeline.Datapath // by name, where any of them ages
}

// cache is the rows of one kind. Without an age anywhere it holds nothing.
type cache[K comparable] struct {
	rows  map[K]*aged
	dump  *Timer        // ovn-controller's next look; nil for none
	every time.Duration // between two
	wake  time.Duration // before this ovn-northd does not look again, whatever changes
	timer *Timer        // for it
}

// aged is a row's times. A flow that was used in the second in which it was made counts as one never used: Open vSwitch
// tells its times in whole seconds.
type aged struct {
	stamp    time.Duration // the row's timestamp
	made     time.Duration // its flows
	from, to time.Duration // the last packet from there, or to there; made when there was none
}

// ageShare is how much of the shortest age passes between two looks of ovn-controller, and how old a timestamp must be to
// be written anew: 3/16.
func ageShare(age time.Duration) time.Duration { return age * 3 / 16 }

// removalPause is what ovn-northd waits when it has deleted as many rows as it may at once.
const removalPause = 5 * time.Second

// age makes the clocks follow the network. Called whenever it changes.
func (l *live) age() {
	a := l.ageing
	a.switches = map[string]*pipeline.Datapath{}
	var shortest, shortestFDB time.Duration
	for _, dp := range l.engine.sb.Datapaths {
		if dp.Type == pipeline.Router {
			shortest = shorter(shortest, chassisAge(dp, "mac_binding_age_threshold"))
		} else if age := chassisAge(dp, "fdb_age_threshold"); age > 0 {
			shortestFDB = shorter(shortestFDB, age)
			a.switches[dp.Name] = dp
		}
	}
	a.neighbours.begin(l.sim, shortest, l.dumpNeighbours)
	a.addresses.begin(l.sim, shortestFDB, l.dumpAddresses)
	for k, row := range l.macs {
		a.neighbours.know(k, row.since-learningDelay)
	}
	for k, row := range l.fdb {
		a.addresses.know(k, row.since-fdbDelay)
	}
	l.expire()
}

func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// chassisAge is the age that chassis go by, 0 for never.
func chassisAge(dp *pipeline.Datapath, id string) time.Duration {
	seconds, _ := strconv.ParseUint(dp.ExternalIDs[id], 10, 32)
	return time.Duration(seconds) * time.Second
}

// begin has ovn-controller look at the rows as often as their ages ask for.
func (c *cache[K]) begin(s *Sim, shortest time.Duration, look func()) {
	if shortest == 0 {
		s.Stop(c.dump)
		s.Stop(c.timer)
		*c = cache[K]{wake: c.wake}
		return
	}
	if c.rows == nil {
		c.rows = map[K]*aged{}
	}
	if every := ageShare(shortest); every != c.every {
		s.Stop(c.dump)
		c.every = every
		c.look(s, look)
	}
}

func (c *cache[K]) look(s *Sim, look func()) {
	c.dump = s.At(s.Now()+c.every, func() {
		c.look(s, look)
		look()
	})
}

// know adds a row that is not known.
func (c *cache[K]) know(k K, at time.Duration) {
	if c.rows != nil && c.rows[k] == nil {
		c.rows[k] = newAged(max(at, 0))
	}
}

func newAged(now time.Duration) *aged { return &aged{now, now, now, now} }

// renew begins a row's times anew.
func (c *cache[K]) renew(k K, now time.Duration) {
	if c.rows != nil {
		c.rows[k] = newAged(now)
	}
}

// learnedMAC tells that a neighbour's row was written.
func (l *live) learnedMAC(k macKey) {
	l.ageing.neighbours.renew(k, l.sim.Now())
	l.expire()
}

// learnedFDB is the same for an address on a switch.
func (l *live) learnedFDB(k fdbKey) {
	l.ageing.addresses.renew(k, l.sim.Now())
	l.expire()
}

// heard notes a packet from a neighbour: one that came by the port, with its addresses (mac_cache_use).
func (l *live) heard(f *frame) {
	c := &l.ageing.neighbours
	if len(c.rows) == 0 {
		return
	}
	src, six := packet.IP4Src.Get(&f.key), false
	switch ethType.Get64(&f.key) {
	case etherARP:
		src = packet.ARPSPA.Get(&f.key)
	case etherIPv6:
		src, six = packet.IP6Src.Get(&f.key), true
	}
	k := macKey{l.learningPort(f, fieldInport), src, six}
	if row := c.rows[k]; row != nil && l.macs[k].at(l.sim.Now()).Uint64() == ethSrc.Get64(&f.key) {
		row.from = l.sim.Now()
	}
}

// sentTo notes a packet to a neighbour.
func (l *live) sentTo(k macKey) {
	if row := l.ageing.neighbours.rows[k]; row != nil {
		row.to = l.sim.Now()
	}
}

// seen notes a packet from an address on a switch.
func (l *live) seen(k fdbKey) {
	if row := l.ageing.addresses.rows[k]; row != nil {
		row.from = l.sim.Now()
	}
}

// idle is how long ago something was, in whole seconds, and whether it ever was.
func (a *aged) idle(last, now time.Duration) (idle time.Duration, used bool) {
	idle = (now - last).Truncate(time.Second)
	return idle, idle != (now - a.made).Truncate(time.Second)
}

// refresh is ovn-controller's look at one row.
func (a *aged) refresh(now, age time.Duration) {
	if idle, used := a.idle(a.from, now); used && idle < age && now-a.stamp >= ageShare(age) {
		a.stamp = now
	}
}

func (l *live) dumpAddresses() {
	for k, row := range l.ageing.addresses.rows {
		if age := l.ageOn(k.dp); age > 0 {
			row.refresh(l.sim.Now(), age)
		}
	}
}

func (l *live) dumpNeighbours() {
	now := l.sim.Now()
	for _, k := range l.neighbourKeys() {
		row, p := l.ageing.neighbours.rows[k], l.net.portNamed(k.port)
		if p == nil {
			continue
		}
		age := chassisAge(p.dp.Datapath, "mac_binding_age_threshold")
		if age == 0 {
			continue
		}
		row.refresh(now, age)
		if idle, _ := row.idle(row.to, now); idle <= age && now-row.stamp >= ageShare(age) {
			l.askAgain(k, p)
		}
	}
}

// askAgain asks a neighbour whether it is still there, in the name of the port's first address of the kind.
func (l *live) askAgain(k macKey, p *port) {
	mac, addrs := p.addresses()
	for _, addr := range addrs {
		if addr.Is6() == k.six {
			l.sim.on(l.sim.residence.at(l.net.portNamed(redirectOf(p)))).sendTo(p, reply.Ask(mac, addr, k.address()))
			return
		}
	}
}

// redirectOf is the port whose chassis speaks for a router's port.
func redirectOf(p *port) string { return orElse(p.Options["chassis-redirect-port"], p.LogicalPort) }

// ageOn is the age of a switch's rows for chassis; 0 when it is gone.
func (l *live) ageOn(name string) time.Duration {
	if dp := l.ageing.switches[name]; dp != nil {
		return chassisAge(dp, "fdb_age_threshold")
	}
	return 0
}

// neighbourKeys is the rows in the order of their ports and addresses.
func (l *live) neighbourKeys() []macKey {
	return sortedRows(l.ageing.neighbours.rows, func(a, b macKey) int {
		return cmp.Or(cmp.Compare(a.port, b.port), a.address().Compare(b.address()))
	})
}

func sortedRows[K comparable](rows map[K]*aged, order func(a, b K) int) []K {
	keys := make([]K, 0, len(rows))
	for k := range rows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, order)
	return keys
}

// expire is ovn-northd's look at both kinds of rows.
func (l *live) expire() {
	l.ageing.neighbours.expire(l, l.limit("mac_binding_removal_limit"), l.neighbourKeys, func(k macKey) time.Duration {
		if p := l.net.portNamed(k.port); p != nil {
			return neighbourAge(p.dp.Datapath, k.address())
		}
		return 0
	}, func(k macKey) {
		l.macs[k] = l.macs[k].learn(packet.MAC{}, l.sim.Now(), learningDelay)
	})
	addresses := func() []fdbKey {
		return sortedRows(l.ageing.addresses.rows, func(a, b fdbKey) int { return cmp.Or(cmp.Compare(a.dp, b.dp), cmp.Compare(a.mac, b.mac)) })
	}
	l.ageing.addresses.expire(l, l.limit("fdb_removal_limit"), addresses, func(k fdbKey) time.Duration {
		return l.ageOn(k.dp)
	}, func(k fdbKey) {
		l.fdb[k] = l.fdb[k].learn("", l.sim.Now(), learningDelay)
	})
}

// neighbourAge is ovn-northd's age of a neighbour. A database that was read knows the shortest alone.
func neighbourAge(dp *pipeline.Datapath, addr netip.Addr) time.Duration {
	if dp.MACAges.Shortest() > 0 {
		return dp.MACAges.Of(addr)
	}
	return chassisAge(dp, "mac_binding_age_threshold")
}

// limit is how many rows may be deleted at once, 0 for all.
func (l *live) limit(option string) int {
	n, _ := strconv.ParseUint(l.engine.sb.Options[option], 10, 31)
	return int(n)
}

// expire deletes the rows that are too old and sets the clock for the next. As ovn-northd does, it does not look again before
// that, so an age that becomes shorter meanwhile counts late.
func (c *cache[K]) expire(l *live, limit int, keys func() []K, ageOf func(K) time.Duration, remove func(K)) {
	now := l.sim.Now()
	if len(c.rows) == 0 || now < c.wake {
		return
	}
	next, removed := time.Duration(-1), 0
	for _, k := range keys() {
		age := ageOf(k)
		left := c.rows[k].stamp + age - now
		switch {
		case age == 0:
		case left > 0:
			if next < 0 || left < next {
				next = left
			}
		default:
			delete(c.rows, k)
			remove(k)
			removed++
		}
		if limit > 0 && removed == limit {
			next = removalPause
			break
		}
	}
	l.sim.Stop(c.timer)
	if next >= 0 {
		c.wake = now + next
		c.timer = l.sim.At(c.wake, l.expire)
	}
}

// stamp is a row's timestamp; where nothing ages, when it was learned.
func (c *cache[K]) stamp(k K, learned time.Duration) time.Duration {
	if row := c.rows[k]; row != nil {
		return row.stamp
	}
	return learned
}
