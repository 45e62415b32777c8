package pipeline

import "ovnsim/ovsdb"

// Southbound is all that the executor runs on: logical flows and what ovn-sb(5) puts beside them. It is either compiled
// from a topology or read from a southbound database. Orders are stable: they depend on the input alone.
type Southbound struct {
	Datapaths       []*Datapath
	Ports           []*PortBinding
	Flows           *Flows
	MulticastGroups []*MulticastGroup
	AddressSets     AddressSets
	PortGroups      map[string][]string // name to logical ports; names as flows use them
	LoadBalancers   []*LoadBalancer
	DNS             []*DNS
	Chassis         []*Chassis
	HAChassisGroups map[string]*HAChassisGroup
	MACBindings     []*MACBinding
	StaticMACs      []*StaticMACBinding
	FDB             []*FDBEntry
	Meters          map[string]*Meter
	Mirrors         []*Mirror
	ServiceMonitors []*ServiceMonitor
	IPMulticast     []*IPMulticast
	IGMPGroups      []*IGMPGroup
	BFD             []*BFD
	ECMPNexthops    []*ECMPNexthop
	TemplateVars    map[string]map[string]string // chassis name to variables
	DHCPOptions     []DHCPOption
	DHCPv6Options   []DHCPOption
	LearnedRoutes   []*LearnedRoute
	// AdvertisedRoutes are the routes that routers tell the world outside of.
	AdvertisedRoutes []*AdvertisedRoute
	// AdvertisedMACs are the addresses that switches tell their EVPN domain of.
	AdvertisedMACs []*AdvertisedMAC
	Options        map[string]string // SB_Global.options
}

// Datapath is a logical switch or router (Datapath_Binding).
type Datapath struct {
	UUID        ovsdb.UUID // of the southbound row; lflow-list shows it
	NbUUID      ovsdb.UUID // of the northbound row
	Name        string
	Name2       string // external_ids:name2, OpenStack's friendly name
	Type        DatapathType
	TunnelKey   uint32
	ExternalIDs map[string]string

	// MACAges is when a router forgets neighbours. Databases have the shortest one alone, in ExternalIDs.
	MACAges Ages

	// Index is the datapath's position in Southbound.Datapaths.
	Index int
}

// PortBinding is a logical port as the chassis see it (Port_Binding).
type PortBinding struct {
	UUID              ovsdb.UUID
	LogicalPort       string
	Type              string // "" for a VIF; patch, localnet, l3gateway, chassisredirect, localport, external, virtual, …
	Datapath          *Datapath
	TunnelKey         uint16
	ParentPort        string
	Tag               *int64
	VirtualParent     string
	Chassis           *Chassis // nil when unbound
	RequestedChassis  *Chassis
	AdditionalChassis []*Chassis
	GatewayChassis    []GatewayChassis // by priority, highest first
	HAChassisGroup    *HAChassisGroup
	MAC               []string // "mac ip…" as in ovn-sb(5)
	PortSecurity      []string
	NATAddresses      []string
	Options           map[string]string
	ExternalIDs       map[string]string
	MirrorRules       []*Mirror
	MirrorPort        string
	Up                *bool
}

// GatewayChassis is one candidate for a chassisredirect port.
type GatewayChassis struct {
	Chassis  *Chassis // nil when no such chassis is registered
	Name     string
	Priority int
}

// HAChassisGroup is an ordered choice of chassis, highest priority first (HA_Chassis_Group).
type HAChassisGroup struct {
	Name    string
	Members []GatewayChassis
}

// Chassis is a hypervisor or gateway (Chassis).
type Chassis struct {
	UUID        ovsdb.UUID
	Name        string
	Hostname    string
	Encaps      []Encap
	OtherConfig map[string]string
}

// Encap is one tunnel endpoint of a chassis.
type Encap struct{ Type, IP string }

// MulticastGroup names a set of ports of one datapath (Multicast_Group).
type MulticastGroup struct {
	UUID      ovsdb.UUID
	Datapath  *Datapath
	Name      string
	TunnelKey uint16
	Ports     []*PortBinding
}

// LoadBalancer is what hairpin detection needs of a balancer (Load_Balancer).
type LoadBalancer struct {
	UUID      ovsdb.UUID
	Name      string
	Protocol  string // tcp, udp, sctp; "" means tcp
	VIPs      map[string]string
	Switches  *DatapathGroup // nil for none
	Routers   *DatapathGroup // nil for none
	Options   map[string]string
	ExternIDs map[string]string
}

// DNS holds the names that OVN answers for on some datapaths (DNS).
type DNS struct {
	Records   map[string]string
	Options   map[string]string
	Datapaths []*Datapath
}

// MACBinding is a neighbour that a router learned (MAC_Binding).
type MACBinding struct {
	LogicalPort, IP, MAC string
	Datapath             *Datapath
	Timestamp            int64 // ms
}

// StaticMACBinding is a neighbour that the operator gave (Static_MAC_Binding).
type StaticMACBinding struct {
	LogicalPort, IP, MAC string
	OverrideDynamicMAC   bool
	Datapath             *Datapath
}

// FDBEntry is a MAC address learned on a switch (FDB).
type FDBEntry struct {
	MAC       string
	DPKey     uint32
	PortKey   uint16
	Timestamp int64 // ms
}

// Meter limits a rate (Meter).
type Meter struct {
	Name  string
	Unit  string // kbps or pktps
	Bands []MeterBand
}

// MeterBand is one limit of a meter.
type MeterBand struct {
	Action      string
	Rate, Burst int64
}

// Mirror copies a port's traffic to a sink (Mirror).
type Mirror struct {
	Name, Filter, Sink, Type string
	Index                    int64
}

// ServiceMonitor watches a balancer's backend (Service_Monitor).
type ServiceMonitor struct {
	IP, Protocol, LogicalPort, SrcMAC, SrcIP, Status string
	LogicalInputPort, MAC, Type, ChassisName         string
	Port                                             int64
	Options                                          map[string]string
}

// IPMulticast is the snooping configuration of a datapath (IP_Multicast).
type IPMulticast struct {
	Datapath                                            *Datapath
	Enabled, Querier                                    bool
	EthSrc, IP4Src, IP6Src                              string
	TableSize, IdleTimeout, QueryInterval, QueryMaxResp int64
}

// IGMPGroup is a learned multicast group (IGMP_Group).
type IGMPGroup struct {
	Address  string
	Datapath *Datapath
	Chassis  *Chassis
	Ports    []*PortBinding
}

// BFD is a session with a next hop (BFD).
type BFD struct {
	LogicalPort, DstIP, Status string
	SrcPort, Disc              int64
}

// ECMPNexthop is a next hop with symmetric replies (ECMP_Nexthop).
type ECMPNexthop struct {
	Nexthop, MAC string
	LogicalPort  string
}

// DHCPOption names an option that put_dhcp_opts may write.
type DHCPOption struct {
	Name string
	Code int
	Type string
}

// LearnedRoute is a route that a router learned from a peer (Learned_Route).
type LearnedRoute struct {
	Datapath          *Datapath
	LogicalPort       *PortBinding
	IPPrefix, Nexthop string
}

// AdvertisedMAC is an address that the chassis tell an EVPN domain of, with the Ethernet address behind it
// (Advertised_MAC_Binding).
type AdvertisedMAC struct {
	Datapath    *Datapath
	LogicalPort string
	IP, MAC     string
}

// AdvertisedRoute is a route that the chassis tell the world outside of (Advertised_Route).
type AdvertisedRoute struct {
	Datapath    *Datapath
	LogicalPort string // what the route leads to leaves the router by it
	IPPrefix    string
	TrackedPort string // the chassis that has it is the best way, "" where none is
	ExternalIDs map[string]string
}
