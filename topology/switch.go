package topology

// LogicalSwitch is a row of the Logical_Switch table, as ovn-nb(5) describes it.
type LogicalSwitch struct {
	Row               `ovsdb:"Logical_Switch" nb:"yaml=switches,key=name,root"`
	Name              string               `ovsdb:"name"`
	Ports             []*LogicalSwitchPort `ovsdb:"ports"`
	ACLs              []*ACL               `ovsdb:"acls"`
	QoSRules          []*QoS               `ovsdb:"qos_rules"`
	LoadBalancer      []*LoadBalancer      `ovsdb:"load_balancer" nb:"weak"`
	LoadBalancerGroup []*LoadBalancerGroup `ovsdb:"load_balancer_group"`
	DNSRecords        []*DNS               `ovsdb:"dns_records" nb:"weak"`
	Copp              *Copp                `ovsdb:"copp" nb:"optional,weak"`
	OtherConfig       map[string]string    `ovsdb:"other_config"`
	ExternalIDs       map[string]string    `ovsdb:"external_ids"`
	ForwardingGroups  []*ForwardingGroup   `ovsdb:"forwarding_groups"`
}

// LogicalSwitchPort is a row of the Logical_Switch_Port table, as ovn-nb(5) describes it.
type LogicalSwitchPort struct {
	Row              `ovsdb:"Logical_Switch_Port" nb:"yaml=switch_ports,key=name,index=name"`
	Name             string                          `ovsdb:"name"`
	Type             string                          `ovsdb:"type"`
	Options          map[string]string               `ovsdb:"options"`
	ParentName       string                          `ovsdb:"parent_name" nb:"optional"`
	TagRequest       *int64                          `ovsdb:"tag_request" nb:"optional,range=0..4095"`
	Tag              *int64                          `ovsdb:"tag" nb:"optional,range=1..4095"`
	Addresses        []string                        `ovsdb:"addresses"`
	DynamicAddresses string                          `ovsdb:"dynamic_addresses" nb:"optional"`
	PortSecurity     []string                        `ovsdb:"port_security"`
	Peer             string                          `ovsdb:"peer" nb:"optional"`
	Up               *bool                           `ovsdb:"up" nb:"optional"`
	Enabled          *bool                           `ovsdb:"enabled" nb:"optional"`
	DHCPv4Options    *DHCPOptions                    `ovsdb:"dhcpv4_options" nb:"optional,weak"`
	DHCPv6Options    *DHCPOptions                    `ovsdb:"dhcpv6_options" nb:"optional,weak"`
	MirrorRules      []*Mirror                       `ovsdb:"mirror_rules" nb:"weak"`
	HAChassisGroup   *HAChassisGroup                 `ovsdb:"ha_chassis_group" nb:"optional"`
	HealthChecks     []*LogicalSwitchPortHealthCheck `ovsdb:"health_checks"`
	ExternalIDs      map[string]string               `ovsdb:"external_ids"`
}

// ForwardingGroup is a row of the Forwarding_Group table, as ovn-nb(5) describes it.
type ForwardingGroup struct {
	Row         `ovsdb:"Forwarding_Group" nb:"yaml=forwarding_groups,key=name"`
	Name        string            `ovsdb:"name"`
	VIP         string            `ovsdb:"vip"`
	VMAC        string            `ovsdb:"vmac"`
	Liveness    bool              `ovsdb:"liveness"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
	ChildPort   []string          `ovsdb:"child_port" nb:"min=1"`
}

// LogicalSwitchPortHealthCheck is a row of the Logical_Switch_Port_Health_Check table, as ovn-nb(5) describes it.
type LogicalSwitchPortHealthCheck struct {
	Row      `ovsdb:"Logical_Switch_Port_Health_Check" nb:"yaml=switch_port_health_checks"`
	Protocol string            `ovsdb:"protocol" nb:"enum=tcp|udp|icmp"`
	SrcIP    string            `ovsdb:"src_ip"`
	Port     int64             `ovsdb:"port" nb:"range=0..65535"`
	Address  string            `ovsdb:"address"`
	Status   string            `ovsdb:"status" nb:"optional,enum=online|offline|error"`
	Options  map[string]string `ovsdb:"options"`
}
