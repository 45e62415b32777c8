package topology

// LogicalSwitch is a row of the Logical_Switch table, as ovn-nb(5) describes it.
type LogicalSwitch struct {
	Row               `ovsdb:"Logical_Switch"`
	Name              string               `ovsdb:"name"`
	Ports             []*LogicalSwitchPort `ovsdb:"ports"`
	ACLs              []*ACL               `ovsdb:"acls"`
	QoSRules          []*QoS               `ovsdb:"qos_rules"`
	LoadBalancer      []*LoadBalancer      `ovsdb:"load_balancer"`
	LoadBalancerGroup []*LoadBalancerGroup `ovsdb:"load_balancer_group"`
	DNSRecords        []*DNS               `ovsdb:"dns_records"`
	Copp              *Copp                `ovsdb:"copp"`
	OtherConfig       map[string]string    `ovsdb:"other_config"`
	ExternalIDs       map[string]string    `ovsdb:"external_ids"`
	ForwardingGroups  []*ForwardingGroup   `ovsdb:"forwarding_groups"`
}

// LogicalSwitchPort is a row of the Logical_Switch_Port table, as ovn-nb(5) describes it.
type LogicalSwitchPort struct {
	Row              `ovsdb:"Logical_Switch_Port"`
	Name             string                          `ovsdb:"name"`
	Type             string                          `ovsdb:"type"`
	Options          map[string]string               `ovsdb:"options"`
	ParentName       string                          `ovsdb:"parent_name"`
	TagRequest       *int64                          `ovsdb:"tag_request"`
	Tag              *int64                          `ovsdb:"tag"`
	Addresses        []string                        `ovsdb:"addresses"`
	DynamicAddresses string                          `ovsdb:"dynamic_addresses"`
	PortSecurity     []string                        `ovsdb:"port_security"`
	Peer             string                          `ovsdb:"peer"`
	Up               *bool                           `ovsdb:"up"`
	Enabled          *bool                           `ovsdb:"enabled"`
	DHCPv4Options    *DHCPOptions                    `ovsdb:"dhcpv4_options"`
	DHCPv6Options    *DHCPOptions                    `ovsdb:"dhcpv6_options"`
	MirrorRules      []*Mirror                       `ovsdb:"mirror_rules"`
	HAChassisGroup   *HAChassisGroup                 `ovsdb:"ha_chassis_group"`
	HealthChecks     []*LogicalSwitchPortHealthCheck `ovsdb:"health_checks"`
	ExternalIDs      map[string]string               `ovsdb:"external_ids"`
}

// ForwardingGroup is a row of the Forwarding_Group table, as ovn-nb(5) describes it.
type ForwardingGroup struct {
	Row         `ovsdb:"Forwarding_Group"`
	Name        string            `ovsdb:"name"`
	VIP         string            `ovsdb:"vip"`
	VMAC        string            `ovsdb:"vmac"`
	Liveness    bool              `ovsdb:"liveness"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
	ChildPort   []string          `ovsdb:"child_port"`
}

// LogicalSwitchPortHealthCheck is a row of the Logical_Switch_Port_Health_Check table, as ovn-nb(5) describes it.
type LogicalSwitchPortHealthCheck struct {
	Row      `ovsdb:"Logical_Switch_Port_Health_Check"`
	Protocol string            `ovsdb:"protocol"`
	SrcIP    string            `ovsdb:"src_ip"`
	Port     int64             `ovsdb:"port"`
	Address  string            `ovsdb:"address"`
	Status   string            `ovsdb:"status"`
	Options  map[string]string `ovsdb:"options"`
}
