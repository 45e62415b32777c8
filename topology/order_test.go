package topology_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/topology"
)

func TestListedKeysAreInTheOrderOfAHashTable(t *testing.T) {
	// as ovn-nbctl 26.03.1 printed them for dhcp-options-get-options, 2026-11-23
	assert.Equal(t, []string{"router", "server_id", "dns_server", "lease_time"},
		topology.ListedKeys(map[string]string{"lease_time": "", "router": "", "server_id": "", "dns_server": ""}))
	assert.Empty(t, topology.ListedKeys(nil))
}
