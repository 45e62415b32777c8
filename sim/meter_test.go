package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"ovnsim/pipeline"
)

// Which of the packets, sent at regular moments, pass.
func TestMeter(t *testing.T) {
	for _, c := range []struct {
		unit   string
		bands  []pipeline.MeterBand
		every  time.Duration
		length int // bytes
		want   string
	}{
		{"pktps", []pipeline.MeterBand{{Rate: 2}}, 100 * time.Millisecond, 60, "++...+....+....+"},                      // burst: a second's worth
		{"pktps", []pipeline.MeterBand{{Rate: 2, Burst: 1}}, 100 * time.Millisecond, 60, "+....+....+....+"},            //
		{"pktps", []pipeline.MeterBand{{Rate: 10, Burst: 3}}, 50 * time.Millisecond, 1500, "+++++.+.+.+.+.+."},          // any length
		{"pktps", []pipeline.MeterBand{{Rate: 10}}, 100 * time.Millisecond, 60, "++++++++++++++++"},                     //
		{"kbps", []pipeline.MeterBand{{Rate: 8, Burst: 16}}, 100 * time.Millisecond, 500, "++++.+....+....+"},           // 4 kbit each
		{"kbps", []pipeline.MeterBand{{Rate: 8, Burst: 16}}, 100 * time.Millisecond, 2500, "................"},          // more than the bucket holds
		{"pktps", []pipeline.MeterBand{{Rate: 5}, {Rate: 2, Burst: 1}}, 100 * time.Millisecond, 60, "+....+....+....."}, // the first runs out by packets that the second drops
		{"pktps", nil, 0, 60, "++++++++++++++++"},                                                                       // no band, no limit
		{"pktps", []pipeline.MeterBand{{Rate: 1 << 31, Burst: 1 << 31}}, 100 * time.Hour, 60, "++++++++++++++++"},       // no overflow
	} {
		m := newMeter(c.unit, c.bands, 0)
		var got strings.Builder
		for i := range time.Duration(len(c.want)) {
			if m.pass(i*c.every, c.length) {
				got.WriteByte('+')
			} else {
				got.WriteByte('.')
			}
		}
		assert.Equal(t, c.want, got.String(), "%s %v every %s", c.unit, c.bands, c.every)
	}
}
