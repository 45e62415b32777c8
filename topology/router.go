package topology

// LogicalRouter is a row of the Logical_Router table, as ovn-nb(5) describes it.
type LogicalRouter struct {
	Row               `ovsdb:"Logical_Router" nb:"yaml=routers,key=name,root"`
	Name              string                      `ovsdb:"name"`
	Ports             []*LogicalRouterPort        `ovsdb:"ports"`
	StaticRoutes      []*LogicalRouterStaticRoute `ovsdb:"static_routes"`
	Policies          []*LogicalRouterPolicy      `ovsdb:"policies"`
	Enabled           *bool                       `ovsdb:"enabled" nb:"optional"`
	NAT               []*NAT                      `ovsdb:"nat"`
	LoadBalancer      []*LoadBalancer             `ovsdb:"load_balancer" nb:"weak"`
	LoadBalancerGroup []*LoadBalancerGroup        `ovsdb:"load_balancer_group"`
	Copp              *Copp                       `ovsdb:"copp" nb:"optional,weak"`
	Options           map[string]string           `ovsdb:"options"`
	ExternalIDs       map[string]string           `ovsdb:"external_ids"`
}

// LogicalRouterPort is a row of the Logical_Router_Port table, as ovn-nb(5) describes it.
type LogicalRouterPort struct {
	Row            `ovsdb:"Logical_Router_Port" nb:"yaml=router_ports,key=name,index=name"`
	Name           string            `ovsdb:"name"`
	GatewayChassis []*GatewayChassis `ovsdb:"gateway_chassis"`
	HAChassisGroup *HAChassisGroup   `ovsdb:"ha_chassis_group" nb:"optional"`
	Options        map[string]string `ovsdb:"options"`
	Networks       []string          `ovsdb:"networks"`
	MAC            string            `ovsdb:"mac"`
	Peer           string            `ovsdb:"peer" nb:"optional"`
	Enabled        *bool             `ovsdb:"enabled" nb:"optional"`
	IPv6RAConfigs  map[string]string `ovsdb:"ipv6_ra_configs"`
	IPv6Prefix     []string          `ovsdb:"ipv6_prefix"`
	DHCPRelay      *DHCPRelay        `ovsdb:"dhcp_relay" nb:"optional"`
	ExternalIDs    map[string]string `ovsdb:"external_ids"`
	Status         map[string]string `ovsdb:"status"`
}

// GatewayChassis is a row of the Gateway_Chassis table, as ovn-nb(5) describes it.
type GatewayChassis struct {
	Row         `ovsdb:"Gateway_Chassis" nb:"yaml=gateway_chassis,key=chassis_name,index=name"`
	Name        string            `ovsdb:"name"`
	ChassisName string            `ovsdb:"chassis_name"`
	Priority    int64             `ovsdb:"priority" nb:"range=0..32767"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
	Options     map[string]string `ovsdb:"options"`
}

// HAChassis is a row of the HA_Chassis table, as ovn-nb(5) describes it.
type HAChassis struct {
	Row         `ovsdb:"HA_Chassis" nb:"yaml=ha_chassis,key=chassis_name"`
	ChassisName string            `ovsdb:"chassis_name"`
	Priority    int64             `ovsdb:"priority" nb:"range=0..32767"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// HAChassisGroup is a row of the HA_Chassis_Group table, as ovn-nb(5) describes it.
type HAChassisGroup struct {
	Row         `ovsdb:"HA_Chassis_Group" nb:"yaml=ha_chassis_groups,key=name,root,index=name"`
	Name        string            `ovsdb:"name"`
	HAChassis   []*HAChassis      `ovsdb:"ha_chassis"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
