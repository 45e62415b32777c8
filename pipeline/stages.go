package pipeline

// Every stage, in the order of the ovn-northd(8) manual of OVN 26.03.1.
const (
	NoStage Stage = iota
	LsInCheckPortSec
	LsInApplyPortSec
	LsInMirror
	LsInLookupFDB
	LsInPutFDB
	LsInPreACL
	LsInPreLB
	LsInPreStateful
	LsInACLHint
	LsInACLEval
	LsInACLSample
	LsInACLAction
	LsInQoS
	LsInCTExtract
	LsInLBAffCheck
	LsInLB
	LsInLBAffLearn
	LsInPreHairpin
	LsInNATHairpin
	LsInHairpin
	LsInACLAfterLBEval
	LsInACLAfterLBSample
	LsInACLAfterLBAction
	LsInPreNetworkFunction
	LsInStateful
	LsInNetworkFunction
	LsInARPRsp
	LsInDHCPOptions
	LsInDHCPResponse
	LsInDNSLookup
	LsInDNSResponse
	LsInExternalPort
	LsInL2Lkup
	LsInL2Unknown
	LsOutLookupFDB
	LsOutPutFDB
	LsOutPreACL
	LsOutPreLB
	LsOutPreStateful
	LsOutACLHint
	LsOutACLEval
	LsOutACLSample
	LsOutACLAction
	LsOutMirror
	LsOutQoS
	LsOutPreNetworkFunction
	LsOutStateful
	LsOutNetworkFunction
	LsOutCheckPortSec
	LsOutApplyPortSec
	LrInAdmission
	LrInLookupNeighbor
	LrInLearnNeighbor
	LrInIPInput
	LrInDHCPRelayReq
	LrInUnSNAT
	LrInPostUnSNAT
	LrInDefrag
	LrInCTExtract
	LrInLBAffCheck
	LrInDNAT
	LrInLBAffLearn
	LrInECMPStateful
	LrInNDRAOptions
	LrInNDRAResponse
	LrInIPRoutingPre
	LrInIPRouting
	LrInIPRoutingECMP
	LrInPolicy
	LrInPolicyECMP
	LrInDHCPRelayRespChk
	LrInDHCPRelayResp
	LrInARPResolve
	LrInChkPktLen
	LrInLargerPkts
	LrInGWRedirect
	LrInNetworkID
	LrInARPRequest
	LrInECMPStatefulEgr
	LrOutChkDNATLocal
	LrOutUnDNAT
	LrOutPostUnDNAT
	LrOutSNAT
	LrOutPostSNAT
	LrOutEgrLoop
	LrOutDelivery
)

// Stages is the table of all stages, in pipeline order. Miss is the action of the flow that every datapath has at
// priority 0 with match 1; a stage whose miss flow depends on the topology has none here, its features write it.
var Stages = []StageInfo{
	{LsInCheckPortSec, "ls_in_check_port_sec", Switch, Ingress, "Admission Control and Ingress Port Security check", ""},
	{LsInApplyPortSec, "ls_in_apply_port_sec", Switch, Ingress, "Ingress Port Security - Apply", "next;"},
	{LsInMirror, "ls_in_mirror", Switch, Ingress, "Mirror", "next;"},
	{LsInLookupFDB, "ls_in_lookup_fdb", Switch, Ingress, "Lookup MAC address learning table", "next;"},
	{LsInPutFDB, "ls_in_put_fdb", Switch, Ingress, "Learn MAC of 'unknown' ports", "next;"},
	{LsInPreACL, "ls_in_pre_acl", Switch, Ingress, "from-lport Pre-ACLs", "next;"},
	{LsInPreLB, "ls_in_pre_lb", Switch, Ingress, "Pre-LB", "next;"},
	{LsInPreStateful, "ls_in_pre_stateful", Switch, Ingress, "Pre-stateful", "next;"},
	{LsInACLHint, "ls_in_acl_hint", Switch, Ingress, "from-lport ACL hints", ""},
	{LsInACLEval, "ls_in_acl_eval", Switch, Ingress, "from-lport ACL evaluation before LB", ""},
	{LsInACLSample, "ls_in_acl_sample", Switch, Ingress, "from-lport ACL sampling", "next;"},
	{LsInACLAction, "ls_in_acl_action", Switch, Ingress, "from-lport ACL action", ""},
	{LsInQoS, "ls_in_qos", Switch, Ingress, "from-lport QoS", "next;"},
	{LsInCTExtract, "ls_in_ct_extract", Switch, Ingress, "Connection Tracking Field Extraction", "next;"},
	{LsInLBAffCheck, "ls_in_lb_aff_check", Switch, Ingress, "Load balancing affinity check", "next;"},
	{LsInLB, "ls_in_lb", Switch, Ingress, "LB", "next;"},
	{LsInLBAffLearn, "ls_in_lb_aff_learn", Switch, Ingress, "Load balancing affinity learn", "next;"},
	{LsInPreHairpin, "ls_in_pre_hairpin", Switch, Ingress, "Pre-Hairpin", "next;"},
	{LsInNATHairpin, "ls_in_nat_hairpin", Switch, Ingress, "Nat-Hairpin", "next;"},
	{LsInHairpin, "ls_in_hairpin", Switch, Ingress, "Hairpin", "next;"},
	{LsInACLAfterLBEval, "ls_in_acl_after_lb_eval", Switch, Ingress, "from-lport ACL evaluation after LB", "next;"},
	{LsInACLAfterLBSample, "ls_in_acl_after_lb_sample", Switch, Ingress, "from-lport ACL sampling after LB", "next;"},
	{LsInACLAfterLBAction, "ls_in_acl_after_lb_action", Switch, Ingress, "from-lport ACL action after LB", ""},
	{LsInPreNetworkFunction, "ls_in_pre_network_function", Switch, Ingress, "Pre Network Function", "next;"},
	{LsInStateful, "ls_in_stateful", Switch, Ingress, "Stateful", "next;"},
	{LsInNetworkFunction, "ls_in_network_function", Switch, Ingress, "Network Function", "next;"},
	{LsInARPRsp, "ls_in_arp_rsp", Switch, Ingress, "ARP/ND responder", "next;"},
	{LsInDHCPOptions, "ls_in_dhcp_options", Switch, Ingress, "DHCP option processing", "next;"},
	{LsInDHCPResponse, "ls_in_dhcp_response", Switch, Ingress, "DHCP responses", "next;"},
	{LsInDNSLookup, "ls_in_dns_lookup", Switch, Ingress, "DNS Lookup", "next;"},
	{LsInDNSResponse, "ls_in_dns_response", Switch, Ingress, "DNS Responses", "next;"},
	{LsInExternalPort, "ls_in_external_port", Switch, Ingress, "External ports", "next;"},
	{LsInL2Lkup, "ls_in_l2_lkup", Switch, Ingress, "Destination Lookup", ""},
	{LsInL2Unknown, "ls_in_l2_unknown", Switch, Ingress, "Destination unknown", ""},
	{LsOutLookupFDB, "ls_out_lookup_fdb", Switch, Egress, "Lookup MAC address learning table", "next;"},
	{LsOutPutFDB, "ls_out_put_fdb", Switch, Egress, "Learn MAC of 'unknown' ports", "next;"},
	{LsOutPreACL, "ls_out_pre_acl", Switch, Egress, "to-lport Pre-ACLs", "next;"},
	{LsOutPreLB, "ls_out_pre_lb", Switch, Egress, "Pre-LB", "next;"},
	{LsOutPreStateful, "ls_out_pre_stateful", Switch, Egress, "Pre-stateful", "next;"},
	{LsOutACLHint, "ls_out_acl_hint", Switch, Egress, "from-lport ACL hints", ""},
	{LsOutACLEval, "ls_out_acl_eval", Switch, Egress, "to-lport ACL evaluation", ""},
	{LsOutACLSample, "ls_out_acl_sample", Switch, Egress, "to-lport ACL sampling", "next;"},
	{LsOutACLAction, "ls_out_acl_action", Switch, Egress, "to-lport ACL action", ""},
	{LsOutMirror, "ls_out_mirror", Switch, Egress, "Mirror", "next;"},
	{LsOutQoS, "ls_out_qos", Switch, Egress, "to-lport QoS", "next;"},
	{LsOutPreNetworkFunction, "ls_out_pre_network_function", Switch, Egress, "Pre Network Function", "next;"},
	{LsOutStateful, "ls_out_stateful", Switch, Egress, "Stateful", "next;"},
	{LsOutNetworkFunction, "ls_out_network_function", Switch, Egress, "Network Function", "next;"},
	{LsOutCheckPortSec, "ls_out_check_port_sec", Switch, Egress, "Egress Port Security - check", "reg0[15] = check_out_port_sec(); next;"},
	{LsOutApplyPortSec, "ls_out_apply_port_sec", Switch, Egress, "Egress Port Security - Apply", "output;"},
	{LrInAdmission, "lr_in_admission", Router, Ingress, "L2 Admission Control", "drop;"},
	{LrInLookupNeighbor, "lr_in_lookup_neighbor", Router, Ingress, "Neighbor lookup", "reg9[2] = 1; next;"},
	{LrInLearnNeighbor, "lr_in_learn_neighbor", Router, Ingress, "Neighbor learning", "drop;"},
	{LrInIPInput, "lr_in_ip_input", Router, Ingress, "IP Input", "next;"},
	{LrInDHCPRelayReq, "lr_in_dhcp_relay_req", Router, Ingress, "DHCP Relay Request", "next;"},
	{LrInUnSNAT, "lr_in_unsnat", Router, Ingress, "UNSNAT", "next;"},
	{LrInPostUnSNAT, "lr_in_post_unsnat", Router, Ingress, "POST USNAT", "next;"},
	{LrInDefrag, "lr_in_defrag", Router, Ingress, "DEFRAG", "next;"},
	{LrInCTExtract, "lr_in_ct_extract", Router, Ingress, "Connection tracking field extraction", "next;"},
	{LrInLBAffCheck, "lr_in_lb_aff_check", Router, Ingress, "Load balancing affinity check", "next;"},
	{LrInDNAT, "lr_in_dnat", Router, Ingress, "DNAT", "next;"},
	{LrInLBAffLearn, "lr_in_lb_aff_learn", Router, Ingress, "Load balancing affinity learn", "next;"},
	{LrInECMPStateful, "lr_in_ecmp_stateful", Router, Ingress, "ECMP symmetric reply processing", "next;"},
	{LrInNDRAOptions, "lr_in_nd_ra_options", Router, Ingress, "IPv6 ND RA option processing", "next;"},
	{LrInNDRAResponse, "lr_in_nd_ra_response", Router, Ingress, "IPv6 ND RA responder", "next;"},
	{LrInIPRoutingPre, "lr_in_ip_routing_pre", Router, Ingress, "IP Routing Pre", "reg7 = 0; next;"},
	{LrInIPRouting, "lr_in_ip_routing", Router, Ingress, "IP Routing", "drop;"},
	{LrInIPRoutingECMP, "lr_in_ip_routing_ecmp", Router, Ingress, "IP_ROUTING_ECMP", "drop;"},
	{LrInPolicy, "lr_in_policy", Router, Ingress, "Router policies", "reg8[0..15] = 0; next;"},
	{LrInPolicyECMP, "lr_in_policy_ecmp", Router, Ingress, "ECMP handling for router policies", "drop;"},
	{LrInDHCPRelayRespChk, "lr_in_dhcp_relay_resp_chk", Router, Ingress, "DHCP Relay Response Check", "next;"},
	{LrInDHCPRelayResp, "lr_in_dhcp_relay_resp", Router, Ingress, "DHCP Relay Response", "next;"},
	{LrInARPResolve, "lr_in_arp_resolve", Router, Ingress, "ARP/ND Resolution", "drop;"},
	{LrInChkPktLen, "lr_in_chk_pkt_len", Router, Ingress, "Check packet length", "next;"},
	{LrInLargerPkts, "lr_in_larger_pkts", Router, Ingress, "Handle larger packets", "next;"},
	{LrInGWRedirect, "lr_in_gw_redirect", Router, Ingress, "Gateway Redirect", "next;"},
	{LrInNetworkID, "lr_in_network_id", Router, Ingress, "Network ID", "next;"},
	{LrInARPRequest, "lr_in_arp_request", Router, Ingress, "ARP Request", "next;"},
	{LrInECMPStatefulEgr, "lr_in_ecmp_stateful_egr", Router, Ingress, "ECMP symmetric reply processing for egress", "output;"},
	{LrOutChkDNATLocal, "lr_out_chk_dnat_local", Router, Egress, "Check DNAT local", "reg9[4] = 0; next;"},
	{LrOutUnDNAT, "lr_out_undnat", Router, Egress, "UNDNAT", "next;"},
	{LrOutPostUnDNAT, "lr_out_post_undnat", Router, Egress, "Post UNDNAT", "next;"},
	{LrOutSNAT, "lr_out_snat", Router, Egress, "SNAT", "next;"},
	{LrOutPostSNAT, "lr_out_post_snat", Router, Egress, "Post SNAT", "next;"},
	{LrOutEgrLoop, "lr_out_egr_loop", Router, Egress, "Egress Loopback", "next;"},
	{LrOutDelivery, "lr_out_delivery", Router, Egress, "Delivery", "drop;"},
}
