// Package topology holds what the operator asked for: the rows of an OVN northbound database, typed, under OVN's own names.
//
// A topology comes from a lab file or from a northbound database, told by content:
//
//	top, err := topology.Load("lab.yaml")
//	fmt.Println(top.Switch("inside").LoadBalancer[0].VIPs)
//
// The row types' tags are the schema: everything that reads, writes or checks rows goes by them (see Schema).
package topology

import "ovnsim/ovsdb"

// Row is what every northbound row has beside its columns.
type Row struct {
	UUID ovsdb.UUID
	Pos  Position // where a lab file wrote it; zero for a database

	blank uint32 // bit i: the optional string in column i is set, to ""
}

// Record is any row: a pointer to one of the row types.
type Record interface{ Base() *Row }

// Base is what the row has beside its columns.
func (r *Row) Base() *Row { return r }

// Position is a place in an input file; the zero Position is none.
type Position struct {
	File      string
	Line, Col int // from 1
}

// Topology is a northbound database in memory. Rows of a table are in a stable order that depends on the input alone.
type Topology struct {
	NBGlobal                     []*NBGlobal                     `ovsdb:"NB_Global"`
	LogicalSwitch                []*LogicalSwitch                `ovsdb:"Logical_Switch"`
	LogicalSwitchPort            []*LogicalSwitchPort            `ovsdb:"Logical_Switch_Port"`
	LogicalRouter                []*LogicalRouter                `ovsdb:"Logical_Router"`
	LogicalRouterPort            []*LogicalRouterPort            `ovsdb:"Logical_Router_Port"`
	LogicalRouterStaticRoute     []*LogicalRouterStaticRoute     `ovsdb:"Logical_Router_Static_Route"`
	LogicalRouterPolicy          []*LogicalRouterPolicy          `ovsdb:"Logical_Router_Policy"`
	NAT                          []*NAT                          `ovsdb:"NAT"`
	LoadBalancer                 []*LoadBalancer                 `ovsdb:"Load_Balancer"`
	LoadBalancerGroup            []*LoadBalancerGroup            `ovsdb:"Load_Balancer_Group"`
	LoadBalancerHealthCheck      []*LoadBalancerHealthCheck      `ovsdb:"Load_Balancer_Health_Check"`
	ACL                          []*ACL                          `ovsdb:"ACL"`
	AddressSet                   []*AddressSet                   `ovsdb:"Address_Set"`
	PortGroup                    []*PortGroup                    `ovsdb:"Port_Group"`
	QoS                          []*QoS                          `ovsdb:"QoS"`
	Meter                        []*Meter                        `ovsdb:"Meter"`
	MeterBand                    []*MeterBand                    `ovsdb:"Meter_Band"`
	Copp                         []*Copp                         `ovsdb:"Copp"`
	Sample                       []*Sample                       `ovsdb:"Sample"`
	SampleCollector              []*SampleCollector              `ovsdb:"Sample_Collector"`
	SamplingApp                  []*SamplingApp                  `ovsdb:"Sampling_App"`
	Mirror                       []*Mirror                       `ovsdb:"Mirror"`
	MirrorRule                   []*MirrorRule                   `ovsdb:"Mirror_Rule"`
	DHCPOptions                  []*DHCPOptions                  `ovsdb:"DHCP_Options"`
	DHCPRelay                    []*DHCPRelay                    `ovsdb:"DHCP_Relay"`
	DNS                          []*DNS                          `ovsdb:"DNS"`
	GatewayChassis               []*GatewayChassis               `ovsdb:"Gateway_Chassis"`
	HAChassis                    []*HAChassis                    `ovsdb:"HA_Chassis"`
	HAChassisGroup               []*HAChassisGroup               `ovsdb:"HA_Chassis_Group"`
	BFD                          []*BFD                          `ovsdb:"BFD"`
	StaticMACBinding             []*StaticMACBinding             `ovsdb:"Static_MAC_Binding"`
	ForwardingGroup              []*ForwardingGroup              `ovsdb:"Forwarding_Group"`
	NetworkFunction              []*NetworkFunction              `ovsdb:"Network_Function"`
	NetworkFunctionGroup         []*NetworkFunctionGroup         `ovsdb:"Network_Function_Group"`
	NetworkFunctionHealthCheck   []*NetworkFunctionHealthCheck   `ovsdb:"Network_Function_Health_Check"`
	LogicalSwitchPortHealthCheck []*LogicalSwitchPortHealthCheck `ovsdb:"Logical_Switch_Port_Health_Check"`
	ChassisTemplateVar           []*ChassisTemplateVar           `ovsdb:"Chassis_Template_Var"`
	Connection                   []*Connection                   `ovsdb:"Connection"`
	SSL                          []*SSL                          `ovsdb:"SSL"`

	Warnings []string // what was amiss in the file and could be repaired, one sentence each

	hashed bool // rows are listed in the order that Listed says
	shared bool // other versions have rows of it: see Fork
}
