package expr

import (
	"cmp"
	"math/bits"
	"slices"
)

// NewClassifier makes a classifier of rows. Among rows of one priority the first given wins.
func NewClassifier(rows []Row) *Classifier {
	b := &builder{c: &Classifier{}, tables: make(map[tableKey]int), sets: make(map[*Set]uint32), domains: make(map[*Domain]uint32)}
	for i := range rows {
		b.row(i, &rows[i])
	}
	b.decide()
	for i := range b.c.indexes {
		b.c.indexes[i].finish()
	}
	b.c.tables = make([]subtable, len(b.shapes))
	for i := range b.shapes {
		b.c.tables[i] = b.shapes[i].table()
	}
	b.visits()
	return b.c
}

// maxSplit is how many entries the choices of one row may make; what would make more stays a condition.
const maxSplit = 16

type builder struct {
	c         *Classifier
	tables    map[tableKey]int
	shapes    []shape
	sets      map[*Set]uint32
	indexed   map[indexKey]bool
	domains   map[*Domain]uint32
	undecided []undecided
	start     cube
	frames    []*frame
	depth     int
}

// frame is the working memory of one level of split, kept from row to row.
type frame struct {
	q    cube
	room [8]cond
}

func (b *builder) frame() *frame {
	if b.depth == len(b.frames) {
		b.frames = append(b.frames, new(frame))
	}
	b.depth++
	return b.frames[b.depth-1]
}

// tableKey tells the subtables apart: the bits tested, and the field whose sets are hashed.
type tableKey struct {
	mask  Key
	index int32
}

type indexKey struct {
	index int32
	set   uint32
}

// shape is a subtable in the making.
type shape struct {
	words   []maskedWord
	index   int32
	values  []uint64 // of the entries, width words each
	entries []entry
}

type entry struct {
	rank uint64
	refs uint64 // domain and rest, as in a record
	at   int    // of its values
}

func (b *builder) row(i int, r *Row) {
	b.start = cube{}
	q := &b.start
	refs := uint64(0)
	switch d := r.Domain; {
	case d != nil && d.one:
		q.meetWord(int(Datapath.Bit>>6), 0xffffffff<<32, uint64(d.only)<<32)
	case d != nil:
		refs = uint64(b.domain(d)) << 32
	}
	b.split(q, []cond{r.Match.root}, maxSplit, true, func(q *cube, rest []cond) { b.entry(rank(r.Priority, i), refs, q, rest) })
}

func (b *builder) domain(d *Domain) uint32 {
	n, ok := b.domains[d]
	if !ok {
		b.c.domains = append(b.c.domains, d)
		n = uint32(len(b.c.domains))
		b.domains[d] = n
	}
	return n
}

// split calls emit for cubes, each with the conditions that remain there, which together are what conds match within q. It
// makes at most budget of them, times the length of one long choice if long says that there may be one: as that was written
// out in the match, the entries are no more than its text is long.
func (b *builder) split(from *cube, conds []cond, budget int, long bool, emit func(*cube, []cond)) {
	f := b.frame()
	defer func() { b.depth-- }()
	q := &f.q
	*q = *from
	rest, alive := settle(q, conds, f.room[:0])
	if !alive {
		return
	}
	for i := range rest {
		if ways := alternatives(&rest[i], budget); ways != nil {
			b.each(q, rest, i, ways, budget/len(ways), long, emit)
			return
		}
	}
	for i := range rest {
		if long && rest[i].kind == condAny {
			b.each(q, rest, i, rest[i].args, budget, false, emit)
			return
		}
	}
	emit(q, rest)
}

// each splits once for each of the ways that the choice rest[i] has.
func (b *builder) each(q *cube, rest []cond, i int, ways []cond, budget int, long bool, emit func(*cube, []cond)) {
	others := slices.Clip(slices.Delete(slices.Clone(rest), i, i+1))
	for j := range ways {
		b.split(q, append(others, ways[j]), budget, long, emit)
	}
}

// alternatives is what a condition is a choice of, nil if it is none or one of more than budget.
func alternatives(c *cond, budget int) []cond {
	switch {
	case c.kind == condAny && len(c.args) <= budget:
		return c.args
	case c.kind == condIn && c.op == EQ && c.set.size <= min(budget, 4):
		return c.members(EQ)
	}
	return nil
}

// settle narrows q by all the tests of bits among conds, and drops what then holds anyway. What remains is appended to room.
// alive is false if nothing matches.
func settle(q *cube, conds, room []cond) (rest []cond, alive bool) {
	if rest, alive = collect(q, conds, room); !alive {
		return nil, false
	}
	for changed := true; changed; {
		changed = false
		for i := 0; i < len(rest); i++ {
			c, same := reduce(q, &rest[i])
			if same {
				continue
			}
			changed = true
			rest = slices.Delete(rest, i, i+1)
			i--
			if rest, alive = collect(q, []cond{c}, rest); !alive {
				return nil, false
			}
		}
	}
	return rest, true
}

// collect narrows q by the tests of bits that must hold, and appends the other conditions to rest.
func collect(q *cube, conds, rest []cond) ([]cond, bool) {
	alive := true
	for i := range conds {
		switch c := &conds[i]; {
		case c.kind == condAll:
			rest, alive = collect(q, c.args, rest)
		case c.kind == condBits && c.op == EQ:
			alive = q.meet(c)
		case c.isFalse():
			alive = false
		default:
			rest = append(rest, *c)
		}
		if !alive {
			return nil, false
		}
	}
	return rest, true
}

// reduce is a condition less what the cube's packets decide; same says that they decide nothing.
func reduce(q *cube, c *cond) (_ cond, same bool) {
	switch c.kind {
	case condBits:
		if q.excludes(c) {
			return constant(c.op == NE), false
		}
		if q.implies(c) {
			return constant(c.op == EQ), false
		}
	case condAll, condAny:
		var args []cond
		for i := range c.args {
			a, same := reduce(q, &c.args[i])
			switch {
			case !same && a.kind == condAll+condAny-c.kind && len(a.args) == 0:
				return a, false // decides the whole
			case !same && args == nil:
				args = append(make([]cond, 0, len(c.args)), c.args[:i]...)
				fallthrough
			case args != nil:
				args = append(args, a)
			}
		}
		if args != nil {
			return combine(c.kind, args), false
		}
	}
	return *c, true
}

// undecided is an entry with several sets to choose from.
type undecided struct {
	rank, refs uint64
	q          cube
	rest       []cond
}

// entry puts a cube and what remains to be checked there into the table of its shape, at once if there is no choice.
func (b *builder) entry(rank, refs uint64, q *cube, rest []cond) {
	choices, last := 0, -1
	for i := range rest {
		if rest[i].kind == condIn && rest[i].op == EQ {
			choices, last = choices+1, i
		}
	}
	if choices > 1 {
		b.undecided = append(b.undecided, undecided{rank, refs, *q, slices.Clone(rest)})
		return
	}
	b.place(rank, refs, q, rest, last)
}

// place puts an entry into a table whose hash includes the set of rest[set], of none if set is -1.
func (b *builder) place(rank, refs uint64, q *cube, rest []cond, set int) {
	key, number := tableKey{mask: q.mask, index: -1}, uint32(0)
	if set >= 0 {
		key.index, number = b.index(&rest[set])
		rest = slices.Delete(slices.Clone(rest), set, set+1)
	}
	if len(rest) > 0 {
		b.c.rests = append(b.c.rests, combine(condAll, rest))
		refs |= uint64(len(b.c.rests))
	}
	n, ok := b.tables[key]
	if !ok {
		n = len(b.shapes)
		b.tables[key] = n
		b.shapes = append(b.shapes, newShape(&key))
	}
	s := &b.shapes[n]
	s.entries = append(s.entries, entry{rank, refs, len(s.values)})
	for _, w := range s.words {
		s.values = append(s.values, q.value[w.word])
	}
	if s.index >= 0 {
		s.values = append(s.values, uint64(number)+1)
	}
}

// index is the index of a field's sets, and the number of the set there.
func (b *builder) index(c *cond) (int32, uint32) {
	number, ok := b.sets[c.set]
	if !ok {
		number = uint32(len(b.sets))
		b.sets[c.set] = number
	}
	n := int32(slices.IndexFunc(b.c.indexes, func(x setIndex) bool { return x.bit == c.bit && x.width == c.width }))
	if n < 0 {
		n = int32(len(b.c.indexes))
		b.c.indexes = append(b.c.indexes, setIndex{bit: c.bit, width: c.width})
	}
	if b.indexed == nil {
		b.indexed = make(map[indexKey]bool)
	}
	if key := (indexKey{n, number}); !b.indexed[key] {
		b.indexed[key] = true
		b.c.indexes[n].add(c.set, number)
	}
	return n, number
}

func newShape(k *tableKey) shape {
	s := shape{index: k.index}
	for w, m := range k.mask {
		if m != 0 {
			s.words = append(s.words, maskedWord{m, uint8(w)})
		}
	}
	return s
}

func (s *shape) of(e *entry, width int) []uint64 { return s.values[e.at : e.at+width] }

// fewRecords is up to how many records are better compared in turn than hashed.
const fewRecords = 3

// table lays out a shape's entries: those with the same values in one record, best first.
func (s *shape) table() subtable {
	t := subtable{words: s.words, index: s.index}
	width := t.width()
	slices.SortFunc(s.entries, func(a, b entry) int {
		if c := slices.Compare(s.of(&a, width), s.of(&b, width)); c != 0 {
			return c
		}
		return cmp.Compare(b.rank, a.rank)
	})
	t.data = make([]uint64, 0, len(s.entries)*(width+3))
	var starts []uint32
	for i := 0; i < len(s.entries); {
		values := s.of(&s.entries[i], width)
		j := i + 1
		for j < len(s.entries) && slices.Equal(values, s.of(&s.entries[j], width)) {
			j++
		}
		starts = append(starts, uint32(len(t.data)))
		t.data = append(append(t.data, values...), uint64(j-i))
		for ; i < j; i++ {
			t.data = append(t.data, s.entries[i].rank, s.entries[i].refs)
		}
	}
	t.count = len(starts)
	t.agree(starts)
	if t.count > fewRecords {
		t.hash(starts)
	}
	return t
}

// agree finds what all records have in common, so that most packets pass the table by without a hash.
func (t *subtable) agree(starts []uint32) {
	for i, w := range t.words {
		mask, first := w.mask, t.data[starts[0]:][i]
		for _, at := range starts[1:] {
			mask &^= first ^ t.data[at:][i]
		}
		if bits.OnesCount64(mask) > bits.OnesCount64(t.common.mask) {
			t.common = common{mask, first & mask, w.word}
		}
	}
}

// hash makes the slots, at most half of them used.
func (t *subtable) hash(starts []uint32) {
	size := bits.Len(uint(2*len(starts) - 1))
	t.slots, t.shift = make([]slot, 1<<size), uint8(64-size)
	for _, at := range starts {
		var h uint64
		record := t.data[at:]
		if t.index >= 0 {
			h = record[len(t.words)]
		}
		for i := range t.words {
			h = mix(h, record[i])
		}
		i := h >> t.shift
		for t.slots[i&uint64(len(t.slots)-1)].at != 0 {
			i++
		}
		t.slots[i&uint64(len(t.slots)-1)] = slot{uint32(h), at + 1}
	}
}
