package expr

import "math/bits"

// Row is one flow of a stage, as a Classifier takes it.
type Row struct {
	Priority uint16
	Match    Match
	Domain   *Domain // the datapaths that it is on, nil for all
}

// Domain is a set of datapaths, by the number that packets carry in Datapath. Rows share it.
type Domain struct {
	only uint32
	one  bool
	many []uint64
}

// NewDomain makes the set of some datapaths.
func NewDomain(datapaths ...uint32) *Domain {
	if len(datapaths) == 1 {
		return &Domain{only: datapaths[0], one: true}
	}
	d := &Domain{}
	for _, n := range datapaths {
		for int(n>>6) >= len(d.many) {
			d.many = append(d.many, 0)
		}
		d.many[n>>6] |= 1 << (n & 63)
	}
	return d
}

// Has reports whether a datapath is in the set.
func (d *Domain) Has(n uint32) bool {
	if d.one {
		return d.only == n
	}
	return int(n>>6) < len(d.many) && d.many[n>>6]>>(n&63)&1 != 0
}

// Classifier finds, of many rows, the one with the highest priority that a packet matches, without trying them one by one.
//
// Rows that test the same bits lie in one table, hashed by the values of these bits. What cannot be said by values stays
// with the row as a condition. Of the sets that a row names, one is part of what is hashed: an index knows of each value
// which sets hold it, and the table is asked once for each of them. So neither the members of sets nor their products
// multiply rows, and the time of a lookup depends on the number of tables, which is that of the shapes of matches. A
// Classifier does not change, so that any number of simulations may look things up in it.
type Classifier struct {
	always  uint64 // the rank of the best row that every packet matches, 0 for none
	tables  []subtable
	visits  [][]visit // by datapath: the tables with rows on it that are better than always, those with the best rows first
	others  []visit   // on the datapaths after those: the tables with rows on every datapath
	domains []*Domain
	rests   []cond
	indexes []setIndex
}

// visit is a table to ask, and the rank of the best row that it may answer with. A packet without what its rows have in common
// need not ask.
type visit struct {
	best uint64
	common
	table *subtable
}

// common is what all rows of a table agree on, in the word where they agree most.
type common struct {
	mask, value uint64
	word        uint8
}

// subtable is the rows that test the same bits.
type subtable struct {
	common
	words []maskedWord
	index int32  // of the index of sets that is part of the hash, -1 for none
	shift uint8  // hash to slot
	slots []slot // open addressing; nil where a few records are better tried in turn
	count int    // of records
	data  []uint64
}

type maskedWord struct {
	mask uint64
	word uint8
}

// slot leads to a record in data: the values of words (and a set's number), the number of rows, then each row's rank and where
// to find its domain (high half) and the rest of its match (low half), both counted from 1.
type slot struct{ hash, at uint32 }

// rank orders rows: by priority, among equals the first given is greatest.
func rank(priority uint16, index int) uint64 { return uint64(priority)<<32 | uint64(^uint32(index)) }

func rankIndex(r uint64) int { return int(^uint32(r)) }

// Lookup is the index of the best row that a packet matches, -1 for none. It allocates nothing.
func (c *Classifier) Lookup(k *Key) int {
	visits := c.others
	if n := k[27] >> 32; n < uint64(len(c.visits)) {
		visits = c.visits[n]
	}
	best := c.always
	for i := range visits {
		v := &visits[i]
		if best > v.best {
			break
		}
		if k[v.word]&v.mask != v.value {
			continue
		}
		t := v.table
		if t.index < 0 {
			best = c.probe(t, k, 0, best)
			continue
		}
		best = c.probeSets(t, k, best)
	}
	if best == 0 {
		return -1
	}
	return rankIndex(best)
}

// probeSets asks a table once for each set that holds the field's value.
func (c *Classifier) probeSets(t *subtable, k *Key, best uint64) uint64 {
	x := &c.indexes[t.index]
	v := k.Bits(int(x.bit), int(x.width))
	for _, set := range x.ofPort(v) {
		best = c.probe(t, k, uint64(set)+1, best)
	}
	for _, set := range x.exact[v] {
		best = c.probe(t, k, uint64(set)+1, best)
	}
	for i := range x.masked {
		m := &x.masked[i]
		for _, set := range m.sets[v.And(m.mask)] {
			best = c.probe(t, k, uint64(set)+1, best)
		}
	}
	return best
}

// probe is the better of best and the best row of t that a packet matches.
func (c *Classifier) probe(t *subtable, k *Key, set, best uint64) uint64 {
	if t.slots == nil {
		return c.scan(t, k, set, best)
	}
	h := set
	for i := range t.words {
		w := &t.words[i]
		h = mix(h, k[w.word]&w.mask)
	}
	for i := h >> t.shift; ; i++ {
		s := t.slots[i&uint64(len(t.slots)-1)]
		if s.at == 0 {
			return best
		}
		if s.hash == uint32(h) {
			if record := t.data[s.at-1:]; t.equal(record, k, set) {
				return c.choose(t, record, k, best)
			}
		}
	}
}

// scan is probe for a table of a few records.
func (c *Classifier) scan(t *subtable, k *Key, set, best uint64) uint64 {
	at := 0
	for range t.count {
		record := t.data[at:]
		n := t.width()
		if t.equal(record, k, set) {
			return c.choose(t, record, k, best)
		}
		at += n + 1 + 2*int(record[n])
	}
	return best
}

// width is how many words a record begins with.
func (t *subtable) width() int {
	if t.index < 0 {
		return len(t.words)
	}
	return len(t.words) + 1
}

func (t *subtable) equal(record []uint64, k *Key, set uint64) bool {
	for i := range t.words {
		w := &t.words[i]
		if k[w.word]&w.mask != record[i] {
			return false
		}
	}
	return t.index < 0 || record[len(t.words)] == set
}

// choose is the better of best and the first of a record's rows whose domain and rest hold.
func (c *Classifier) choose(t *subtable, record []uint64, k *Key, best uint64) uint64 {
	n := t.width()
	rows := record[n+1 : n+1+2*int(record[n])]
	for i := 0; i < len(rows) && rows[i] > best; i += 2 {
		domain, rest := uint32(rows[i+1]>>32), uint32(rows[i+1])
		if domain != 0 && !c.domains[domain-1].Has(uint32(k[27]>>32)) {
			continue
		}
		if rest == 0 || c.rests[rest-1].eval(k) {
			return rows[i]
		}
	}
	return best
}

// mix adds a word to a hash.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}
