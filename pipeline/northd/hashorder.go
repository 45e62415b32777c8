package northd

import (
	"encoding/binary"
	"slices"

	"ovnsim/lb"
	"ovnsim/ovsdb"
)

// hashOrder is some texts, each once, in the order in which ovn-northd walks a set of them. Nothing but the text of a few
// flows depends on it.
func hashOrder(texts []string) []string {
	t := textSet()
	for _, text := range texts {
		t.Add(text)
	}
	return t.Keys()
}

// textSet is an empty set of texts as ovn-northd has them.
func textSet() *lb.Table[string] { return lb.NewTable(lb.HashString, 1) }

// arrivalOrder is the rows of a table in the order in which one update of the database brings them to ovn-northd, which
// has them in a set of the texts of their UUIDs.
func arrivalOrder(rows []ovsdb.UUID) []ovsdb.UUID {
	texts, byText := make([]string, len(rows)), map[string]ovsdb.UUID{}
	for i, u := range rows {
		texts[i] = u.String()
		byText[texts[i]] = u
	}
	slices.Sort(texts)
	out := make([]ovsdb.UUID, 0, len(rows))
	for _, text := range hashOrder(texts) {
		out = append(out, byText[text])
	}
	return out
}

// walkOrder is rows in the order in which ovn-northd walks a table of them, given the order in which they came: the table
// is one by the first word of the UUID. room is how many buckets it has from the beginning, as it held rows before.
func walkOrder(rows []ovsdb.UUID, room int) []ovsdb.UUID {
	t := lb.NewTable(func(u ovsdb.UUID) uint32 { return binary.BigEndian.Uint32(u[:]) }, room)
	for _, u := range rows {
		t.Add(u)
	}
	return t.Keys()
}
