package reply

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
)

// Frames that machines sent in recordings, and what they say; below, the questions that ovn-controller 26.03.1 sent for the
// querier of sim/testdata/wire/multicast.
func TestMemberships(t *testing.T) {
	for _, c := range []struct{ frame, says string }{
		{"01005e05050502000000010208004600002000664000010200000a01000cef05050594040000" + "1600f5f4ef050505", "joined [239.5.5.5]"},
		{"01005e00000202000000010208004600002000014000010200000a01000ce000000294040000" + "1700f4f4ef050505", "left [239.5.5.5]"},
		{"01005e000016020000000201080046c0002800004000010200000a02000be0000016940400002200000000000001" + "04000000ef060606", "joined [239.6.6.6]"},
		{"01005e000016020000000201080046c0002800004000010200000a02000be0000016940400002200000000000001" + "03000000ef060606", "left [239.6.6.6]"},
		{"01005e000001020000000201080046000024006a4000010200000a02000be000000194040000" + "1164000000000000027d0000", "query"},
	} {
		data, err := hex.DecodeString(c.frame)
		require.NoError(t, err)
		m := readIGMP(data[14+24:])
		assert.Equal(t, c.says, m.String(), c.frame)
	}
}

func TestQueries(t *testing.T) {
	mac := packet.MAC{2, 0, 0, 0, 1, 0xfe}
	assert.Equal(t, "01005e0000010200000001fe0800450000200000400001028fd90a010001e0000001110aeeeb00000000000a0000",
		hex.EncodeToString(IGMPQuery(mac, netip.MustParseAddr("10.1.0.1"), 1)))
	assert.Equal(t, "3333000000000200000001fe86dd6000000000240001fe8000000000000000000000000000feff0200000000000000000000000000013a00050200000000"+
		"82007b3d03e800000000000000000000000000000000000000010000", hex.EncodeToString(MLDQuery(mac, netip.MustParseAddr("fe80::fe"), 1)))
}

// FuzzMemberships reads whatever a machine may send as a message about groups.
func FuzzMemberships(f *testing.F) {
	f.Add([]byte{igmpReport3, 0, 0, 0, 0, 0, 0, 1, toExclude, 0, 0, 0, 239, 1, 1, 1})
	f.Add([]byte{mldReport2, 0, 0, 0, 0, 0, 0, 1, toExclude, 0, 0, 0, 0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = fmt.Sprint(readIGMP(b), readMLD(b))
	})
}
