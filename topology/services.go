package topology

// DHCPOptions is a row of the DHCP_Options table, as ovn-nb(5) describes it.
type DHCPOptions struct {
	Row         `ovsdb:"DHCP_Options"`
	CIDR        string            `ovsdb:"cidr"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// DNS is a row of the DNS table, as ovn-nb(5) describes it.
type DNS struct {
	Row         `ovsdb:"DNS"`
	Records     map[string]string `ovsdb:"records"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// Mirror is a row of the Mirror table, as ovn-nb(5) describes it.
type Mirror struct {
	Row         `ovsdb:"Mirror"`
	Name        string            `ovsdb:"name"`
	Filter      string            `ovsdb:"filter"`
	Sink        string            `ovsdb:"sink"`
	Type        string            `ovsdb:"type"`
	Index       int64             `ovsdb:"index"`
	MirrorRules []*MirrorRule     `ovsdb:"mirror_rules"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// MirrorRule is a row of the Mirror_Rule table, as ovn-nb(5) describes it.
type MirrorRule struct {
	Row      `ovsdb:"Mirror_Rule"`
	Match    string `ovsdb:"match"`
	Action   string `ovsdb:"action"`
	Priority int64  `ovsdb:"priority"`
}

// NetworkFunction is a row of the Network_Function table, as ovn-nb(5) describes it.
type NetworkFunction struct {
	Row         `ovsdb:"Network_Function"`
	Name        string                      `ovsdb:"name"`
	Outport     *LogicalSwitchPort          `ovsdb:"outport"`
	Inport      *LogicalSwitchPort          `ovsdb:"inport"`
	HealthCheck *NetworkFunctionHealthCheck `ovsdb:"health_check"`
	ID          int64                       `ovsdb:"id"`
	ExternalIDs map[string]string           `ovsdb:"external_ids"`
}

// NetworkFunctionGroup is a row of the Network_Function_Group table, as ovn-nb(5) describes it.
type NetworkFunctionGroup struct {
	Row                   `ovsdb:"Network_Function_Group"`
	Name                  string             `ovsdb:"name"`
	Fallback              string             `ovsdb:"fallback"`
	NetworkFunction       []*NetworkFunction `ovsdb:"network_function"`
	NetworkFunctionActive *NetworkFunction   `ovsdb:"network_function_active"`
	Mode                  string             `ovsdb:"mode"`
	ID                    int64              `ovsdb:"id"`
	ExternalIDs           map[string]string  `ovsdb:"external_ids"`
}

// NetworkFunctionHealthCheck is a row of the Network_Function_Health_Check table, as ovn-nb(5) describes it.
type NetworkFunctionHealthCheck struct {
	Row         `ovsdb:"Network_Function_Health_Check"`
	Name        string            `ovsdb:"name"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
