package expr

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRefs(t *testing.T) {
	for _, c := range []struct {
		ref   Ref
		print string
		field string
		low   int
	}{
		{RefTo("reg0"), "reg0", "xxreg0", 96},
		{RefTo("reg0").Bits(0, 16), "reg0[0..15]", "xxreg0", 96},
		{RefTo("reg3").Bits(5, 1), "reg3[5]", "xxreg0", 5},
		{RefTo("ct.new"), "ct.new", "ct_state", 0},
		{RefTo("flags.network_id").Bits(1, 2), "flags.network_id[1..2]", "flags", 29},
		{RefTo("ct_label.ecmp_reply_eth"), "ct_label.ecmp_reply_eth", "ct_label", 32},
	} {
		f, low := c.ref.Field()
		assert.Equal(t, c.print, c.ref.String())
		assert.Equal(t, c.field, f.Name)
		assert.Equal(t, c.low, low)
	}
}

// Overlaid registers must show each other's bits.
func TestRegisterOverlay(t *testing.T) {
	var k Key
	RefTo("xxreg0").Set(&k, Value{0x0011223344556677, 0x8899aabbccddeeff})
	RefTo("xreg4").Set64(&k, 0x0102030405060708)
	for name, want := range map[string]string{
		"reg0": "112233", "reg1": "44556677", "reg2": "8899aabb", "reg3": "ccddeeff", "xreg0": "11223344556677",
		"xreg1": "8899aabbccddeeff", "reg8": "1020304", "reg9": "5060708",
	} {
		assert.Equal(t, want, fmt.Sprintf("%x", RefTo(name).Get64(&k)), name)
	}
	middle := RefTo("xxreg0").Bits(48, 32)
	assert.Equal(t, uint64(0x66778899), middle.Get64(&k))
	middle.Set64(&k, 0xffffffff)
	assert.Equal(t, Value{0x001122334455ffff, 0xffffaabbccddeeff}, RefTo("xxreg0").Get(&k))
}

// Two fields that a packet can have at once must not share bits.
func TestFieldsDoNotOverlap(t *testing.T) {
	family := func(s *Symbol) string {
		switch s.Prereq {
		case "arp", "rarp":
			return "arp"
		case "tcp", "udp", "sctp", "icmp4", "icmp6", "nd", "nd_ns", "nd_na", "ip", "ip4", "ip6":
			return s.Prereq
		}
		return ""
	}
	exclusive := func(a, b string) bool {
		l4 := map[string]string{"tcp": "tcp", "udp": "udp", "sctp": "sctp", "icmp4": "icmp", "icmp6": "icmp6", "nd": "icmp6"}
		return (a == "arp") != (b == "arp") && a != "" && b != "" || l4[a] != "" && l4[b] != "" && l4[a] != l4[b] || a == "arp" && b == "arp"
	}
	all := Symbols()
	for i := range all {
		for j := range all[:i] {
			a, b := &all[i], &all[j]
			if a.Name == "remote_outport" || a.Name == "__"+b.Name || a.Field != a.ID || b.Field != b.ID || exclusive(family(a), family(b)) {
				continue
			}
			var k Key
			a.ref().Set(&k, Ones(128))
			assert.True(t, b.ref().Get(&k).IsZero(), "%s and %s", a.Name, b.Name)
		}
	}
}
