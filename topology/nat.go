package topology

// NAT is a row of the NAT table, as ovn-nb(5) describes it.
type NAT struct {
	Row               `ovsdb:"NAT" nb:"yaml=nat"`
	ExternalIP        string             `ovsdb:"external_ip"`
	ExternalMAC       string             `ovsdb:"external_mac" nb:"optional"`
	ExternalPortRange string             `ovsdb:"external_port_range"`
	LogicalIP         string             `ovsdb:"logical_ip"`
	LogicalPort       string             `ovsdb:"logical_port" nb:"optional"`
	Type              string             `ovsdb:"type" nb:"enum=dnat|snat|dnat_and_snat"`
	AllowedExtIPs     *AddressSet        `ovsdb:"allowed_ext_ips" nb:"optional"`
	ExemptedExtIPs    *AddressSet        `ovsdb:"exempted_ext_ips" nb:"optional"`
	GatewayPort       *LogicalRouterPort `ovsdb:"gateway_port" nb:"optional,weak"`
	Priority          int64              `ovsdb:"priority" nb:"range=0..32767"`
	Match             string             `ovsdb:"match"`
	Options           map[string]string  `ovsdb:"options"`
	ExternalIDs       map[string]string  `ovsdb:"external_ids"`
}
