package topology

// LogicalRouterStaticRoute is a row of the Logical_Router_Static_Route table, as ovn-nb(5) describes it.
type LogicalRouterStaticRoute struct {
	Row             `ovsdb:"Logical_Router_Static_Route"`
	RouteTable      string            `ovsdb:"route_table"`
	IPPrefix        string            `ovsdb:"ip_prefix"`
	Policy          string            `ovsdb:"policy"`
	Nexthop         string            `ovsdb:"nexthop"`
	OutputPort      string            `ovsdb:"output_port"`
	BFD             *BFD              `ovsdb:"bfd"`
	SelectionFields []string          `ovsdb:"selection_fields"`
	Options         map[string]string `ovsdb:"options"`
	ExternalIDs     map[string]string `ovsdb:"external_ids"`
}

// LogicalRouterPolicy is a row of the Logical_Router_Policy table, as ovn-nb(5) describes it.
type LogicalRouterPolicy struct {
	Row         `ovsdb:"Logical_Router_Policy"`
	Priority    int64              `ovsdb:"priority"`
	Chain       string             `ovsdb:"chain"`
	Match       string             `ovsdb:"match"`
	Action      string             `ovsdb:"action"`
	JumpChain   string             `ovsdb:"jump_chain"`
	Nexthop     string             `ovsdb:"nexthop"`
	Nexthops    []string           `ovsdb:"nexthops"`
	OutputPort  *LogicalRouterPort `ovsdb:"output_port"`
	BFDSessions []*BFD             `ovsdb:"bfd_sessions"`
	Options     map[string]string  `ovsdb:"options"`
	ExternalIDs map[string]string  `ovsdb:"external_ids"`
}

// BFD is a row of the BFD table, as ovn-nb(5) describes it.
type BFD struct {
	Row         `ovsdb:"BFD"`
	LogicalPort string            `ovsdb:"logical_port"`
	DstIP       string            `ovsdb:"dst_ip"`
	MinTx       *int64            `ovsdb:"min_tx"`
	MinRx       *int64            `ovsdb:"min_rx"`
	DetectMult  *int64            `ovsdb:"detect_mult"`
	Status      string            `ovsdb:"status"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
	Options     map[string]string `ovsdb:"options"`
}

// StaticMACBinding is a row of the Static_MAC_Binding table, as ovn-nb(5) describes it.
type StaticMACBinding struct {
	Row                `ovsdb:"Static_MAC_Binding"`
	LogicalPort        string `ovsdb:"logical_port"`
	IP                 string `ovsdb:"ip"`
	MAC                string `ovsdb:"mac"`
	OverrideDynamicMAC bool   `ovsdb:"override_dynamic_mac"`
}

// DHCPRelay is a row of the DHCP_Relay table, as ovn-nb(5) describes it.
type DHCPRelay struct {
	Row         `ovsdb:"DHCP_Relay"`
	Name        string            `ovsdb:"name"`
	Servers     string            `ovsdb:"servers"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
