package topology

// LoadBalancer is a row of the Load_Balancer table, as ovn-nb(5) describes it.
type LoadBalancer struct {
	Row             `ovsdb:"Load_Balancer"`
	Name            string                     `ovsdb:"name"`
	VIPs            map[string]string          `ovsdb:"vips"`
	Protocol        string                     `ovsdb:"protocol"`
	HealthCheck     []*LoadBalancerHealthCheck `ovsdb:"health_check"`
	IPPortMappings  map[string]string          `ovsdb:"ip_port_mappings"`
	SelectionFields []string                   `ovsdb:"selection_fields"`
	Options         map[string]string          `ovsdb:"options"`
	ExternalIDs     map[string]string          `ovsdb:"external_ids"`
}

// LoadBalancerGroup is a row of the Load_Balancer_Group table, as ovn-nb(5) describes it.
type LoadBalancerGroup struct {
	Row          `ovsdb:"Load_Balancer_Group"`
	Name         string          `ovsdb:"name"`
	LoadBalancer []*LoadBalancer `ovsdb:"load_balancer"`
}

// LoadBalancerHealthCheck is a row of the Load_Balancer_Health_Check table, as ovn-nb(5) describes it.
type LoadBalancerHealthCheck struct {
	Row         `ovsdb:"Load_Balancer_Health_Check"`
	VIP         string            `ovsdb:"vip"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// ChassisTemplateVar is a row of the Chassis_Template_Var table, as ovn-nb(5) describes it.
type ChassisTemplateVar struct {
	Row         `ovsdb:"Chassis_Template_Var"`
	Chassis     string            `ovsdb:"chassis"`
	Variables   map[string]string `ovsdb:"variables"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
