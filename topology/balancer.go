package topology

// LoadBalancer is a row of the Load_Balancer table, as ovn-nb(5) describes it.
type LoadBalancer struct {
	Row             `ovsdb:"Load_Balancer" nb:"yaml=load_balancers,key=name,root"`
	Name            string                     `ovsdb:"name"`
	VIPs            map[string]string          `ovsdb:"vips"`
	Protocol        string                     `ovsdb:"protocol" nb:"optional,enum=tcp|udp|sctp"`
	HealthCheck     []*LoadBalancerHealthCheck `ovsdb:"health_check"`
	IPPortMappings  map[string]string          `ovsdb:"ip_port_mappings"`
	SelectionFields []string                   `ovsdb:"selection_fields" nb:"enum=eth_src|eth_dst|ip_src|ip_dst|ipv6_src|ipv6_dst|tp_src|tp_dst"`
	Options         map[string]string          `ovsdb:"options"`
	ExternalIDs     map[string]string          `ovsdb:"external_ids"`
}

// LoadBalancerGroup is a row of the Load_Balancer_Group table, as ovn-nb(5) describes it.
type LoadBalancerGroup struct {
	Row          `ovsdb:"Load_Balancer_Group" nb:"yaml=load_balancer_groups,key=name,root,index=name"`
	Name         string          `ovsdb:"name"`
	LoadBalancer []*LoadBalancer `ovsdb:"load_balancer" nb:"weak"`
}

// LoadBalancerHealthCheck is a row of the Load_Balancer_Health_Check table, as ovn-nb(5) describes it.
type LoadBalancerHealthCheck struct {
	Row         `ovsdb:"Load_Balancer_Health_Check" nb:"yaml=load_balancer_health_checks"`
	VIP         string            `ovsdb:"vip"`
	Options     map[string]string `ovsdb:"options"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// ChassisTemplateVar is a row of the Chassis_Template_Var table, as ovn-nb(5) describes it.
type ChassisTemplateVar struct {
	Row         `ovsdb:"Chassis_Template_Var" nb:"yaml=chassis_template_vars,key=chassis,root,index=chassis"`
	Chassis     string            `ovsdb:"chassis"`
	Variables   map[string]string `ovsdb:"variables"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
