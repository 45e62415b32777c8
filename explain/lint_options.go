package explain

// knownOptions is the options of ovn-nb(5), by table and column; with some that the manual does not list and ovn-northd or
// those who write its database know.
var knownOptions = map[string]map[string]string{
	"Logical_Switch": {"other_config": `broadcast-arps-to-all-routers ct-zone-limit dhcp_relay_port dynamic-routing-advertise-ifname dynamic-routing-arp-prefer-local
		dynamic-routing-bridge-ifname dynamic-routing-fdb-prefer-local dynamic-routing-redistribute dynamic-routing-vni
		dynamic-routing-vxlan-ifname enable-stateless-acl-with-lb exclude_ips fdb_age_threshold hash_fields ic-vxlan_mode interconn-tr
		interconn-ts ipv6_prefix mac_only mcast_eth_src mcast_flood_unregistered mcast_idle_timeout mcast_ip4_src mcast_ip6_src
		mcast_querier mcast_query_interval mcast_query_max_response mcast_snoop mcast_table_size requested-tnl-key subnet vlan-passthru`},
	"Logical_Switch_Port": {"options": `activation-strategy arp_proxy ct-zone-limit dhcp_relay disable_arp_nd_rsp disable_garp_rarp enable_router_port_acl ethtype
		exclude-lb-vips-from-garp exclude-router-ips-from-garp force_fdb_lookup hostname iface-id-ver is-nf l2gateway-chassis
		localnet_learn_fdb lsp_learn_fdb lsp_learn_mac mcast_flood mcast_flood_reports nat-addresses network_name nf-linked-port peer
		pkt_clone_type qdisc_queue_id qos_burst qos_max_rate qos_min_rate qos_physical_network receive_multicast requested-chassis
		requested-tnl-key router-port vif-plug-mtu-request vif-plug-type virtual-ip virtual-parents vlan-passthru vtep-logical-switch
		vtep-physical-switch`},
	"Load_Balancer": {"options": `add_route address-family affinity_timeout ct_flush distributed event hairpin_orig_tuple hairpin_snat_ip neighbor_responder
		prefer_local_backends reject skip_snat template use_stateless_nat vip_mac`},
	"Load_Balancer_Health_Check": {"options": `failure_count interval success_count timeout`},
	"ACL":                        {"options": `apply-after-lb log-related persist-established`},
	"Logical_Router": {"options": `always_learn_from_arp_request chassis copp ct-commit-all ct-zone-limit disable_garp_rarp dnat_force_snat_ip dynamic-routing
		dynamic-routing-no-learning dynamic-routing-redistribute dynamic-routing-redistribute-local-only dynamic-routing-v4-prefix-nexthop
		dynamic-routing-v6-prefix-nexthop dynamic-routing-vrf-id dynamic-routing-vrf-name dynamic_neigh_routers hosting-chassis
		ic-route-deny-adv ic-route-deny-learn ic-route-filter ic-route-filter-adv ic-route-filter-learn interconn-tr lb_force_snat_ip
		learn_from_arp_request mac_binding_age_threshold mcast_relay policies requested-tnl-key router_preference snat-ct-zone`},
	"Logical_Router_Port": {"options": `chassis-redirect-port dynamic-routing-maintain-vrf dynamic-routing-no-learning dynamic-routing-port-name
		dynamic-routing-redistribute dynamic-routing-redistribute-local-only gateway_mtu gateway_mtu_bypass ic-route-deny-adv
		ic-route-deny-learn ic-route-filter-adv ic-route-filter-learn ic-route-filter-tag ic-route-tag interconn-tr ipv6_prefix_delegation
		mcast_flood prefix prefix_delegation redirect-chassis redirect-type requested-chassis requested-tnl-key reside-on-redirect-chassis
		route_table routing-protocol-redirect routing-protocols`},
	"NAT": {"options": `add_route stateless`},
}
