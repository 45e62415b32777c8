package northd

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

func TestParseMAC(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"0A:0b:0C:00:01:02", "0a:0b:0c:00:01:02"},
		{"a:b:c:1:2:3", "0a:0b:0c:01:02:03"},
		{"0a:00:00:00:00:01 10.0.0.1", "0a:00:00:00:00:01"}, // what follows does not matter
		{"0a:00:00:00:00", ""},
		{"0a-00-00-00-00-01", ""},
		{"", ""},
	} {
		m, ok := parseMAC(c.in)
		assert.Equal(t, c.want != "", ok, c.in)
		if ok {
			assert.Equal(t, c.want, m.String(), c.in)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	for _, c := range []struct{ in, network, subnet string }{
		{"10.0.0.1", "10.0.0.1/32", "10.0.0.1/32"},
		{"10.0.0.1/24", "10.0.0.1/24", "10.0.0.0/24"},
		{"10.0.0.1/255.255.0.0", "10.0.0.1/16", "10.0.0.0/16"},
		{"fd00:0:0::0001/64", "fd00::1/64", "fd00::/64"},
		{"10.0.0.1/255.0.255.0", "", ""},
		{"10.0.0.1/33", "", ""},
		{"fe80::1%eth0", "", ""},
		{"discard", "", ""},
	} {
		n, ok := parseNetwork(c.in)
		assert.Equal(t, c.network != "", ok, c.in)
		if ok {
			assert.Equal(t, c.network, n.String(), c.in)
			assert.Equal(t, c.subnet, n.subnet(), c.in)
		}
	}
}

// TestMasksWithHoles has the lengths that ovn-northd 26.03.1 makes priorities of, seen on 2026-11-23: for NAT rows with these
// networks it wrote flows of lr_out_snat with a priority that is greater by one.
func TestMasksWithHoles(t *testing.T) {
	for _, c := range []struct {
		kind, in string
		length   int // -1 where it passes the rule over
	}{
		{"snat", "20.0.1.0/255.0.255.0", 24},
		{"snat", "20.0.1.7/0.0.0.255", 32},
		{"snat", "fd20::7/ffff:0:ffff::", 16},
		{"snat", "fd20::7/255.0.255.0", -1},
		{"dnat_and_snat", "20.0.1.7/0.0.0.255", -1},
	} {
		n, ok := parseMasked(&topology.NAT{Type: c.kind, LogicalIP: c.in})
		assert.Equal(t, c.length >= 0, ok, c.in)
		if ok {
			assert.Equal(t, c.length, n.Bits(), c.in)
		}
	}
}

func TestAddressesMadeFromOthers(t *testing.T) {
	m, _ := parseMAC("02:ac:10:ff:01:29")
	n, _ := parseNetwork("172.16.255.129/26")
	assert.Equal(t, "fe80::ac:10ff:feff:129", m.linkLocal().String())
	assert.Equal(t, "ff02::1:ffff:129", solicitedNode(m.linkLocal()).String())
	assert.Equal(t, "33:33:ff:ff:01:29", multicastMAC(solicitedNode(m.linkLocal())).String())
	assert.Equal(t, "172.16.255.191", n.broadcast().String())
}

// TestECMPNumbersStay says that groups, members and route tables keep the numbers that the flows before had.
func TestECMPNumbersStay(t *testing.T) {
	for _, c := range []struct{ file, was, is string }{
		{"router-ecmp.txt", regECMPGroup + " = 1; ", regECMPGroup + " = 9; "},
		{"router-mtu-bfd-tables.txt", regRouteTable + " = 1; ", regRouteTable + " = 9; "},
	} {
		top := readCase(t, filepath.Join("testdata", "recorded", c.file)).topology
		before := Compile(top, Options{})
		changed := 0
		for _, f := range before.Flows.All() {
			if strings.Contains(f.Actions, c.was) {
				f.Actions = strings.Replace(f.Actions, c.was, c.is, 1)
				changed++
			}
		}
		require.NotZero(t, changed, c.file)
		assert.Equal(t, changed, count(Compile(top, Options{Southbound: before}), c.is), c.file)
	}
}

func count(sb *pipeline.Southbound, action string) (n int) {
	for _, f := range sb.Flows.All() {
		if strings.Contains(f.Actions, action) {
			n++
		}
	}
	return n
}

// TestTunnelKeys says which keys router ports get: those asked for, then the next free ones, gateway ports' doubles last.
func TestTunnelKeys(t *testing.T) {
	top := readCase(t, filepath.Join("testdata", "recorded", "router-gateway.txt")).topology
	keys := map[string]int{}
	for _, p := range Compile(top, Options{}).Ports {
		if p.Datapath.Name == "d" {
			keys[p.LogicalPort] = int(p.TunnelKey)
		}
	}
	assert.Equal(t, 3, keys["cr-dp"])
	assert.ElementsMatch(t, []int{1, 2}, []int{keys["dp"], keys["dq"]})
}
