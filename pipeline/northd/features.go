package northd

import (
	"slices"

	"ovnsim/pipeline"
)

// feature is one thing that OVN can do: which stages it may write, and the hooks that write them. A hook reads the
// view and adds flows; hooks never call other features, and the order of the table changes nothing.
type feature struct {
	name   string
	title  string // what it is, in ovn-nb(5)'s words
	stages []pipeline.Stage

	global     func(*View, *Emitter)
	switch_    func(*View, *Emitter, *Switch)
	switchPort func(*View, *Emitter, *SwitchPort)
	router     func(*View, *Emitter, *Router)
	routerPort func(*View, *Emitter, *RouterPort)
}

// writes says whether the feature may write a stage.
func (f *feature) writes(s pipeline.Stage) bool { return slices.Contains(f.stages, s) }

// features is the table of all features, by name.
var features = []feature{
	aclFeature,
	aclSampleFeature,
	aclStagesFeature,
	admissionFeature,
	arpProxyFeature,
	arpResponderFeature,
	bfdFeature,
	deliveryFeature,
	dhcpFeature,
	dhcpRelayFeature,
	dnsFeature,
	externalPortFeature,
	fdbFeature,
	forwardingGroupFeature,
	globalRowsFeature,
	icmpFeature,
	ipInputFeature,
	l2LookupFeature,
	lbARPFeature,
	lbAffinityFeature,
	lbEventFeature,
	lbHealthFeature,
	lbRouterFeature,
	lbSwitchFeature,
	lsAdmissionFeature,
	lsStatefulFeature,
	mirrorFeature,
	missFeature,
	mtuFeature,
	multicastFeature,
	natARPFeature,
	natCommitAllFeature,
	natFeature,
	natForceFeature,
	natGatewayFeature,
	neighborFeature,
	networkFunctionFeature,
	policyFeature,
	prefixFeature,
	qosFeature,
	raFeature,
	resolveFeature,
	routableFeature,
	routerMulticastFeature,
	routerRowsFeature,
	rowsOutsideFeature,
	routingFeature,
	routingRedirectFeature,
	switchRowsFeature,
	virtualPortFeature,
	vtepFeature,
	balancerRows,
}
