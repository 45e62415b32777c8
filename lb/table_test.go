package lb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/lb"
)

func ExampleTable() {
	t := lb.NewTable(lb.HashString, 1)
	for _, mac := range []string{"00:00:00:00:aa:01", "00:00:00:00:aa:02", "00:00:00:00:aa:03"} {
		t.Add(mac)
	}
	fmt.Println(t.Keys()) // as ovn-northd 26.03.1 writes flows for these NATs
	// Output: [00:00:00:00:aa:02 00:00:00:00:aa:03 00:00:00:00:aa:01]
}

// TestTableIsASet compares with a map, keys coming and going.
func TestTableIsASet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	table, want := lb.NewTable(func(n int) uint32 { return uint32(n) * 2654435761 }, 4), map[int]bool{}
	for range 5000 {
		n := r.IntN(300)
		if r.IntN(3) == 0 {
			table.Remove(n)
			delete(want, n)
		} else {
			table.Add(n)
			want[n] = true
		}
		for _, keys := range [][]int{table.Keys(), table.Copy().Keys()} {
			if !assert.Len(t, keys, len(want)) {
				return
			}
			for _, k := range keys {
				assert.True(t, want[k])
			}
		}
	}
}

// TestTableOrder has keys that share a bucket: the last is the first, and turned around when the table doubles or is copied.
func TestTableOrder(t *testing.T) {
	table := lb.NewTable(func(n int) uint32 { return uint32(n % 2) }, 4)
	for n := range 7 {
		table.Add(n)
	}
	assert.Equal(t, []int{6, 4, 2, 0, 5, 3, 1}, table.Keys())
	assert.Equal(t, []int{0, 2, 4, 6, 1, 3, 5}, table.Copy().Keys())
	table.Add(7)
	assert.Equal(t, []int{0, 2, 4, 6, 1, 3, 5, 7}, table.Keys(), "more than two to a bucket: it has doubled")
}
