package topology

// DHCPOptions is a row of the DHCP_Options table, as ovn-nb(5) describes it.
type DHCPOptions struct {
	Row         `ovsdb:"DHCP_Options" nb:"yaml=dhcp_options,root"`
	CIDR        string            `ovsdb:"cidr"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// DNS is a row of the DNS table, as ovn-nb(5) describes it.
type DNS struct {
	Row         `ovsdb:"DNS" nb:"yaml=dns,root"`
	Records     map[string]string `ovsdb:"records"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// Mirror is a row of the Mirror table, as ovn-nb(5) describes it.
type Mirror struct {
	Row         `ovsdb:"Mirror" nb:"yaml=mirrors,key=name,root,index=name"`
	Name        string            `ovsdb:"name"`
	Filter      string            `ovsdb:"filter" nb:"enum=from-lport|to-lport|both"`
	Sink        string            `ovsdb:"sink"`
	Type        string            `ovsdb:"type" nb:"enum=gre|erspan|local|lport"`
	Index       int64             `ovsdb:"index"`
	MirrorRules []*MirrorRule     `ovsdb:"mirror_rules"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// MirrorRule is a row of the Mirror_Rule table, as ovn-nb(5) describes it.
type MirrorRule struct {
	Row      `ovsdb:"Mirror_Rule" nb:"yaml=mirror_rules"`
	Match    string `ovsdb:"match"`
	Action   string `ovsdb:"action" nb:"enum=mirror|skip"`
	Priority int64  `ovsdb:"priority" nb:"range=0..32767"`
}

// NetworkFunction is a row of the Network_Function table, as ovn-nb(5) describes it.
type NetworkFunction struct {
	Row         `ovsdb:"Network_Function" nb:"yaml=network_functions,key=name,root,index=name,index=id"`
	Name        string                      `ovsdb:"name"`
	Outport     *LogicalSwitchPort          `ovsdb:"outport"`
	Inport      *LogicalSwitchPort          `ovsdb:"inport"`
	HealthCheck *NetworkFunctionHealthCheck `ovsdb:"health_check" nb:"optional"`
	ID          int64                       `ovsdb:"id" nb:"range=1..255"`
	ExternalIDs map[string]string           `ovsdb:"external_ids"`
}

// NetworkFunctionGroup is a row of the Network_Function_Group table, as ovn-nb(5) describes it.
type NetworkFunctionGroup struct {
	Row                   `ovsdb:"Network_Function_Group" nb:"yaml=network_function_groups,key=name,root,index=name,index=id"`
	Name                  string             `ovsdb:"name"`
	Fallback              string             `ovsdb:"fallback" nb:"optional,enum=fail-open|fail-close"`
	NetworkFunction       []*NetworkFunction `ovsdb:"network_function"`
	NetworkFunctionActive *NetworkFunction   `ovsdb:"network_function_active" nb:"optional"`
	Mode                  string             `ovsdb:"mode" nb:"enum=inline"`
	ID                    int64              `ovsdb:"id" nb:"range=1..255"`
	ExternalIDs           map[string]string  `ovsdb:"external_ids"`
}

// NetworkFunctionHealthCheck is a row of the Network_Function_Health_Check table, as ovn-nb(5) describes it.
type NetworkFunctionHealthCheck struct {
	Row         `ovsdb:"Network_Function_Health_Check" nb:"yaml=network_function_health_checks,key=name,index=name"`
	Name        string            `ovsdb:"name"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
