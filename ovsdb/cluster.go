package ovsdb

import (
	"fmt"
	"strconv"
	"strings"
)

// raftEntry is a log entry of a clustered file that says something about the data.
type raftEntry struct {
	index  uint64
	body   int // offset of its data in the file
	record int
	data   string
}

// raft is what a server of a cluster remembers, as far as the data depend on it.
type raft struct {
	prevIndex, commit uint64
	snapshot          raftEntry
	entries           []raftEntry
	servers           int // of the newest configuration; one server alone commits what it writes
}

// cluster reads a clustered file: the snapshot in the first record, then the entries that are known to be committed. What the
// cluster had not agreed on when the file was copied is left out, and said.
func (f *file) cluster(first string) (*Database, error) {
	var r raft
	if err := f.raftHeader(&r, first); err != nil {
		return nil, err
	}
	if r.snapshot.data == "" {
		return nil, f.errorf(f.body, "this server has not joined its cluster yet: the file holds no data")
	}
	for {
		body, ok, err := f.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := f.raftRecord(&r, body); err != nil {
			return nil, err
		}
	}
	return f.raftReplay(&r)
}

func (f *file) raftHeader(r *raft, body string) error {
	c := scanner{s: body}
	c.object(func(name string) {
		value := c.skip()
		switch name {
		case "prev_index":
			r.prevIndex = parseUint(value)
		case "prev_servers":
			r.servers = members(value)
		case "prev_data":
			r.snapshot = raftEntry{body: f.body + c.pos - len(value), record: f.record, data: value}
		}
	})
	r.commit = r.prevIndex
	return f.finish(&c)
}

func (f *file) raftRecord(r *raft, body string) error {
	c := scanner{s: body}
	var e raftEntry
	isEntry, commit := false, uint64(0)
	c.object(func(name string) {
		value := c.skip()
		switch name {
		case "index":
			isEntry, e.index = true, parseUint(value)
		case "data":
			e.data, e.body = value, f.body+c.pos-len(value)
		case "servers":
			r.servers = members(value)
		case "commit_index":
			commit = parseUint(value)
		}
	})
	if err := f.finish(&c); err != nil {
		return err
	}
	r.commit = max(r.commit, commit)
	if isEntry {
		e.record = f.record
		return f.raftEntry(r, e)
	}
	return nil
}

// raftEntry appends an entry. One with a number that is taken replaces it and all after it: a new leader overruled them.
func (f *file) raftEntry(r *raft, e raftEntry) error {
	next := r.prevIndex + 1 + uint64(len(r.entries))
	if e.index > next || e.index <= r.prevIndex {
		return f.errorf(f.body, "entry %d where entry %d should follow", e.index, next)
	}
	if e.index <= r.commit {
		return f.errorf(f.body, "entry %d is given again after it was committed", e.index)
	}
	r.entries = append(r.entries[:e.index-r.prevIndex-1], e)
	return nil
}

func (f *file) raftReplay(r *raft) (*Database, error) {
	db, err := f.raftApply(nil, r.snapshot)
	if err != nil {
		return nil, err
	}
	for i, e := range r.entries {
		if e.index > r.commit && r.servers != 1 {
			f.warnings = append(f.warnings, fmt.Sprintf("%s: the last %d entries of the log were not known to be committed; they were left out",
				f.name, len(r.entries)-i))
			break
		}
		if db, err = f.raftApply(db, e); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// raftApply executes a <cluster-txn>: [schema or null, transaction or null]. A schema starts the database anew.
func (f *file) raftApply(db *Database, e raftEntry) (*Database, error) {
	if e.data == "" {
		return db, nil
	}
	f.body, f.record = e.body, e.record
	c := scanner{s: e.data}
	c.expect('[')
	if schema := c.skip(); c.err == nil && schema != "null" {
		var err error
		if db, err = New([]byte(schema)); err != nil {
			return nil, f.errorf(f.body, "%w", err)
		}
	}
	if db == nil {
		c.fail("the snapshot has no schema")
	}
	if c.take(',') {
		if c.peek() == 'n' {
			c.word("null")
		} else if c.err == nil {
			db.apply(&c)
		}
	}
	c.expect(']')
	return db, f.finish(&c)
}

// parseUint reads a <uint64>, which JSON may show as a negative number.
func parseUint(text string) uint64 {
	if strings.HasPrefix(text, "-") {
		return uint64(parseInt(text))
	}
	n, _ := strconv.ParseUint(text, 10, 64)
	return n
}

func members(object string) int {
	n, c := 0, scanner{s: object}
	c.object(func(string) { c.skip(); n++ })
	return n
}
