package topology

// LogicalRouterStaticRoute is a row of the Logical_Router_Static_Route table, as ovn-nb(5) describes it.
type LogicalRouterStaticRoute struct {
	Row             `ovsdb:"Logical_Router_Static_Route" nb:"yaml=static_routes"`
	RouteTable      string            `ovsdb:"route_table"`
	IPPrefix        string            `ovsdb:"ip_prefix"`
	Policy          string            `ovsdb:"policy" nb:"optional,enum=src-ip|dst-ip"`
	Nexthop         string            `ovsdb:"nexthop"`
	OutputPort      string            `ovsdb:"output_port" nb:"optional"`
	BFD             *BFD              `ovsdb:"bfd" nb:"optional,weak"`
	SelectionFields []string          `ovsdb:"selection_fields" nb:"enum=eth_src|eth_dst|ip_proto|ip_src|ip_dst|ipv6_src|ipv6_dst|tp_src|tp_dst"`
	Options         map[string]string `ovsdb:"options"`
	ExternalIDs     map[string]string `ovsdb:"external_ids"`
}

// LogicalRouterPolicy is a row of the Logical_Router_Policy table, as ovn-nb(5) describes it.
type LogicalRouterPolicy struct {
	Row         `ovsdb:"Logical_Router_Policy" nb:"yaml=policies"`
	Priority    int64              `ovsdb:"priority" nb:"range=0..32767"`
	Chain       string             `ovsdb:"chain" nb:"optional"`
	Match       string             `ovsdb:"match"`
	Action      string             `ovsdb:"action" nb:"enum=allow|drop|reroute|jump"`
	JumpChain   string             `ovsdb:"jump_chain" nb:"optional"`
	Nexthop     string             `ovsdb:"nexthop" nb:"optional"`
	Nexthops    []string           `ovsdb:"nexthops"`
	OutputPort  *LogicalRouterPort `ovsdb:"output_port" nb:"optional,weak"`
	BFDSessions []*BFD             `ovsdb:"bfd_sessions" nb:"weak"`
	Options     map[string]string  `ovsdb:"options"`
	ExternalIDs map[string]string  `ovsdb:"external_ids"`
}

// BFD is a row of the BFD table, as ovn-nb(5) describes it.
type BFD struct {
	Row         `ovsdb:"BFD" nb:"yaml=bfd,root,index=logical_port+dst_ip"`
	LogicalPort string            `ovsdb:"logical_port"`
	DstIP       string            `ovsdb:"dst_ip"`
	MinTx       *int64            `ovsdb:"min_tx" nb:"optional,range=1.."`
	MinRx       *int64            `ovsdb:"min_rx" nb:"optional"`
	DetectMult  *int64            `ovsdb:"detect_mult" nb:"optional,range=1.."`
	Status      string            `ovsdb:"status" nb:"optional,enum=down|init|up|admin_down"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
	Options     map[string]string `ovsdb:"options"`
}

// StaticMACBinding is a row of the Static_MAC_Binding table, as ovn-nb(5) describes it.
type StaticMACBinding struct {
	Row                `ovsdb:"Static_MAC_Binding" nb:"yaml=static_mac_bindings,root,index=logical_port+ip"`
	LogicalPort        string `ovsdb:"logical_port"`
	IP                 string `ovsdb:"ip"`
	MAC                string `ovsdb:"mac"`
	OverrideDynamicMAC bool   `ovsdb:"override_dynamic_mac"`
}

// DHCPRelay is a row of the DHCP_Relay table, as ovn-nb(5) describes it.
type DHCPRelay struct {
	Row         `ovsdb:"DHCP_Relay" nb:"yaml=dhcp_relays,key=name,root"`
	Name        string            `ovsdb:"name"`
	Servers     string            `ovsdb:"servers" nb:"optional"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
