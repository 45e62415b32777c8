package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// recordings is where a real OVN's recordings of the lab lie, where they do.
const recordings = "../../shared/facts/lab"

// TestRecordedAnswers asks as the recordings' clients asked, from the same source ports, and wants the same answers in the
// same order: served by the same backend, refused, or left alone.
func TestRecordedAnswers(t *testing.T) {
	if _, err := os.Stat(recordings); err != nil {
		t.Skip("no recordings here")
	}
	l, err := Load("../examples/lab/lab.yaml")
	require.NoError(t, err)
	const outside, inside = "http://10.127.0.254:8000", "http://172.16.255.62:8000"
	for _, c := range []struct{ recording, client, scenario, url string }{
		{"none", "outside", "no balancer", "http://172.16.255.130:8000"},
		{"none", "vm3", "no balancer", "http://172.16.255.131:8000"},
		{"edge1", "outside", "gateway router", outside},
		{"tenant1", "outside", "distributed router", outside},
		{"inside", "vm3", "client's switch", inside},
		{"inside", "vm4", "client's switch", inside},
		{"inside", "vm1", "client's switch", inside},
		{"inside", "vm2", "client's switch", inside},
		{"dmz", "vm1", "server's switch", inside},
		{"dmz", "vm2", "server's switch", inside},
		{"dmz", "vm3", "server's switch", inside},
		{"dmz", "vm4", "server's switch", inside},
		{"dmz-default-routes", "vm1", "server's switch, servers with a default route", inside},
		{"dmz-default-routes", "vm2", "server's switch, servers with a default route", inside},
		{"dmz-default-routes", "vm3", "server's switch, servers with a default route", inside},
		{"inside-default-routes", "vm1", "client's switch, servers with a default route", inside},
		{"inside-default-routes", "vm2", "client's switch, servers with a default route", inside},
		{"inside-vm2-down", "vm3", "a server stopped", inside},
	} {
		t.Run(c.recording+"/"+c.client, func(t *testing.T) {
			p, err := l.Start()
			require.NoError(t, err)
			s := l.Scenario(c.scenario)
			require.NotNil(t, s)
			require.NoError(t, p.Run(s.Run, "script", os.Stderr, os.Stderr))
			answers := readLines(t, filepath.Join(recordings, c.recording, c.client+".curl"))
			ports := synPorts(t, filepath.Join(recordings, c.recording, c.client, c.client+"-sent.pcap"))
			machine := strings.Replace(c.client, "outside", "client", 1)
			for i, want := range answers {
				from := uint16(0)
				if i < len(ports) {
					from = ports[i]
				}
				r, err := p.Get(machine, c.url, from, time.Second)
				require.NoError(t, err)
				got := r.Outcome
				switch r.Exit {
				case 7:
					got = "no answer (curl 7)"
				case 28:
					got = "no answer (curl 28)"
				}
				assert.Equal(t, want, got, "request %d from port %d: %s", i+1, from, r.Why())
			}
		})
	}
}

func readLines(t *testing.T, file string) []string {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
}

// synPorts lists the source ports of the connections that a capture begins, in order.
func synPorts(t *testing.T, file string) []uint16 {
	f, err := os.Open(file)
	if err != nil {
		return nil // nothing left the machine
	}
	defer f.Close()
	c, err := pcap.Read(f, file)
	require.NoError(t, err)
	var out []uint16
	seen := map[uint16]bool{}
	for _, frame := range c.Frames {
		p, err := packet.Decode(frame.Data)
		if err != nil {
			continue
		}
		if tcp, ok := p.TCP(); ok && tcp.Flags&(packet.SYN|packet.ACK) == packet.SYN && !seen[tcp.Src] {
			seen[tcp.Src] = true
			out = append(out, tcp.Src)
		}
	}
	return out
}
