package packet

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSplitAndReassemble: cut and put together again, a packet is what it was.
func TestSplitAndReassemble(t *testing.T) {
	for _, ip := range []IP{{Src: ip4.Src, Dst: ip4.Dst, TTL: 64, ID: 9}, ip6} {
		whole := Build(ether, ip, UDP{Src: 1, Dst: 2, Payload: make([]byte, 4001)})
		frames := Split(whole, 1500, 7)
		require.Len(t, frames, 3)
		var parts []*Packet
		for i, f := range frames {
			p := decode(t, f)
			place, ok := p.Fragment()
			require.True(t, ok)
			assert.LessOrEqual(t, p.IPLen(), 1500)
			assert.Equal(t, i == 2, place.Last)
			assert.Equal(t, uint8(ProtoUDP), place.Proto)
			assert.Equal(t, i == 0, p.HasL4())
			assert.Empty(t, p.ChecksumError())
			parts = append(parts, p)
		}
		CTMark.Set64(&parts[0].Key, 5)
		one, err := Reassemble(parts)
		require.NoError(t, err)
		assert.Equal(t, whole, one.Frame())
		assert.Equal(t, uint64(5), CTMark.Get64(&one.Key), "what is beside the frame is the first one's")
		_, err = Reassemble(parts[1:])
		assert.ErrorIs(t, err, ErrReassembly)
		_, err = Reassemble(nil)
		assert.ErrorIs(t, err, ErrReassembly)
	}
	assert.Equal(t, [][]byte{samples[0].frame}, Split(samples[0].frame, 1500, 0))
}
