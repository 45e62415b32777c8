package sim

import (
	"encoding/binary"
	"math/bits"

	"ovnsim/lb"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// ranks is where flows stand in ovn-trace's copy of the database, which decides between flows of equal priority: OVN leaves it open.
func ranks(flows []*pipeline.Flow) map[*pipeline.Flow]uint32 {
	rows := make([]ovsdb.UUID, len(flows))
	for i, f := range flows {
		rows[i] = f.UUID
	}
	out := make(map[*pipeline.Flow]uint32, len(flows))
	for place, i := range rowOrder(rows) {
		out[flows[i]] = uint32(place)
	}
	return out
}

// rowOrder is a table's rows, by their place in a database's file, in the order in which ovn-trace comes by them. On their way
// they pass through hash tables, by their UUIDs as text in JSON and by the UUIDs themselves in between.
func rowOrder(rows []ovsdb.UUID) []int {
	order, asText, asNumber := make([]int, len(rows)), make([]uint32, len(rows)), make([]uint32, len(rows))
	for i, row := range rows {
		order[i] = i
		asText[i], asNumber[i] = lb.HashString(row.String()), uuidHash(row)
	}
	for _, hash := range [][]uint32{
		asText, asNumber, // the server reads its file
		asNumber, asText, // collects what the client asks for, and writes it
		asText, asNumber, // the client reads that
	} {
		order = hashed(order, hash)
	}
	return order
}

// textOrder is texts in the order in which Open vSwitch's maps of them give them back that they were put into one by one.
func textOrder(texts []string) []string {
	t := lb.NewTable(lb.HashString, 1)
	for _, text := range texts {
		t.Add(text)
	}
	return t.Keys()
}

// hashed is items in the order in which Open vSwitch's hash table gives them back.
func hashed(items []int, hash []uint32) []int {
	t := lb.NewTable(func(item int) uint32 { return hash[item] }, 1)
	for _, item := range items {
		t.Add(item)
	}
	return t.Keys()
}

func uuidHash(row ovsdb.UUID) uint32 { return binary.BigEndian.Uint32(row[:4]) }

// bucket is where a row stands in a hash table.
func bucket(row ovsdb.UUID, mask uint32) uint32 { return uuidHash(row) & mask }

// buckets is the mask of a hash table of n rows: one less than the power of two above n/2, at least 3.
func buckets(n int) uint32 { return max(3, uint32(1)<<bits.Len(uint(n/2))-1) }
