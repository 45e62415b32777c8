package conntrack

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// TestFacts plays a recorded session between two ports of a real OVN, hand-made frames that try every state, and holds what
// was delivered and what stood in the table afterwards against ours. The ports' firewalls are two zones here: new
// connections may only go from the first port to the second's port 80 and 53 and by ping, answers may pass.
func TestFacts(t *testing.T) {
	dir := "../../../shared/facts/wire/ct-states"
	state, err := os.ReadFile(filepath.Join(dir, "state.txt"))
	if err != nil {
		t.Skip("no recordings")
	}
	ports := []struct {
		machine string
		zone    uint16
	}{{"vm1", 2}, {"vm2", 4}}
	for _, section := range strings.Split(string(state), "== ")[1:] {
		run, rest, _ := strings.Cut(section, "\n")
		var all []*pcap.Capture
		for _, port := range ports {
			c, err := pcap.Open(filepath.Join(dir, run, port.machine+"-sent.pcap"))
			if err != nil {
				c = &pcap.Capture{Interfaces: []string{""}}
			}
			all = append(all, c)
		}
		table, got := NewTable(1), map[int][]string{}
		for _, f := range pcap.Merge(all...).Frames {
			p := decode(t, f.Data)
			if !p.Is4() {
				continue
			}
			from, to := ports[f.Interface], ports[1-f.Interface]
			allowed := func() bool {
				tuple := p.Tuple()
				return f.Interface == 0 && (tuple.Proto == packet.ProtoTCP && tuple.DstPort == 80 || tuple.Proto == packet.ProtoUDP && tuple.DstPort == 53 || tuple.Proto == packet.ProtoICMP && tuple.SrcPort == 8)
			}
			pass := true
			for _, zone := range []uint16{from.zone, to.zone} {
				out := table.Process(p, Action{Zone: zone, Now: f.At})
				switch {
				case out.State&Invalid != 0:
					pass = false
				case out.State&New != 0 && !allowed():
					pass = false
				case out.State&New != 0:
					table.Process(p, Action{Zone: zone, Commit: true, Now: f.At})
				}
				if !pass {
					break
				}
			}
			if pass {
				got[1-f.Interface] = append(got[1-f.Interface], string(p.Encode()))
			}
		}
		for i, port := range ports {
			var want []string
			if c, err := pcap.Open(filepath.Join(dir, run, port.machine+"-received.pcap")); err == nil {
				for _, f := range c.Frames {
					if decode(t, f.Data).Is4() {
						want = append(want, string(f.Data))
					}
				}
			}
			require.Len(t, got[i], len(want), "%s: frames to %s", run, port.machine)
			for j := range want {
				assert.Equal(t, decode(t, []byte(want[j])).String(), decode(t, []byte(got[i][j])).String(), "%s: frame %d to %s", run, j, port.machine)
			}
		}
		var want []string
		for line := range strings.Lines(rest) {
			if strings.Contains(line, "orig=") {
				want = append(want, strings.TrimSpace(line))
			}
		}
		dump := strings.Split(strings.TrimSpace(table.Dump(0)), "\n")
		sort.Strings(want)
		sort.Strings(dump)
		assert.Equal(t, want, dump, run)
	}
}
