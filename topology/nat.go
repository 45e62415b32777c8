package topology

// NAT is a row of the NAT table, as ovn-nb(5) describes it.
type NAT struct {
	Row               `ovsdb:"NAT"`
	ExternalIP        string             `ovsdb:"external_ip"`
	ExternalMAC       string             `ovsdb:"external_mac"`
	ExternalPortRange string             `ovsdb:"external_port_range"`
	LogicalIP         string             `ovsdb:"logical_ip"`
	LogicalPort       string             `ovsdb:"logical_port"`
	Type              string             `ovsdb:"type"`
	AllowedExtIPs     *AddressSet        `ovsdb:"allowed_ext_ips"`
	ExemptedExtIPs    *AddressSet        `ovsdb:"exempted_ext_ips"`
	GatewayPort       *LogicalRouterPort `ovsdb:"gateway_port"`
	Priority          int64              `ovsdb:"priority"`
	Match             string             `ovsdb:"match"`
	Options           map[string]string  `ovsdb:"options"`
	ExternalIDs       map[string]string  `ovsdb:"external_ids"`
}
