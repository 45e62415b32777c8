package topology

// ACL is a row of the ACL table, as ovn-nb(5) describes it.
type ACL struct {
	Row                  `ovsdb:"ACL" nb:"yaml=acls"`
	Name                 string                `ovsdb:"name" nb:"optional,length=63"`
	Priority             int64                 `ovsdb:"priority" nb:"range=0..32767"`
	Direction            string                `ovsdb:"direction" nb:"enum=from-lport|to-lport"`
	Match                string                `ovsdb:"match"`
	Action               string                `ovsdb:"action" nb:"enum=allow|allow-related|allow-stateless|drop|reject|pass"`
	NetworkFunctionGroup *NetworkFunctionGroup `ovsdb:"network_function_group" nb:"optional"`
	Log                  bool                  `ovsdb:"log"`
	Severity             string                `ovsdb:"severity" nb:"optional,enum=alert|warning|notice|info|debug"`
	Meter                string                `ovsdb:"meter" nb:"optional"`
	Label                int64                 `ovsdb:"label" nb:"range=0..4294967295"`
	Tier                 int64                 `ovsdb:"tier" nb:"range=0..3"`
	SampleNew            *Sample               `ovsdb:"sample_new" nb:"optional"`
	SampleEst            *Sample               `ovsdb:"sample_est" nb:"optional"`
	Options              map[string]string     `ovsdb:"options"`
	ExternalIDs          map[string]string     `ovsdb:"external_ids"`
}

// AddressSet is a row of the Address_Set table, as ovn-nb(5) describes it.
type AddressSet struct {
	Row         `ovsdb:"Address_Set" nb:"yaml=address_sets,key=name,root,index=name"`
	Name        string            `ovsdb:"name"`
	Addresses   []string          `ovsdb:"addresses"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// PortGroup is a row of the Port_Group table, as ovn-nb(5) describes it.
type PortGroup struct {
	Row         `ovsdb:"Port_Group" nb:"yaml=port_groups,key=name,root,index=name"`
	Name        string               `ovsdb:"name"`
	Ports       []*LogicalSwitchPort `ovsdb:"ports" nb:"weak"`
	ACLs        []*ACL               `ovsdb:"acls"`
	ExternalIDs map[string]string    `ovsdb:"external_ids"`
}

// Sample is a row of the Sample table, as ovn-nb(5) describes it.
type Sample struct {
	Row        `ovsdb:"Sample" nb:"yaml=samples,index=metadata"`
	Collectors []*SampleCollector `ovsdb:"collectors"`
	Metadata   int64              `ovsdb:"metadata" nb:"range=1..4294967295"`
}

// SampleCollector is a row of the Sample_Collector table, as ovn-nb(5) describes it.
type SampleCollector struct {
	Row         `ovsdb:"Sample_Collector" nb:"yaml=sample_collectors,key=name,root,index=id"`
	ID          int64             `ovsdb:"id" nb:"range=1..255"`
	Name        string            `ovsdb:"name"`
	Probability int64             `ovsdb:"probability" nb:"range=0..65535"`
	SetID       int64             `ovsdb:"set_id" nb:"range=1..4294967295"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// SamplingApp is a row of the Sampling_App table, as ovn-nb(5) describes it.
type SamplingApp struct {
	Row         `ovsdb:"Sampling_App" nb:"yaml=sampling_apps,key=type,root,index=type"`
	Type        string            `ovsdb:"type" nb:"enum=drop|acl-new|acl-est"`
	ID          int64             `ovsdb:"id" nb:"range=1..255"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// QoS is a row of the QoS table, as ovn-nb(5) describes it.
type QoS struct {
	Row         `ovsdb:"QoS" nb:"yaml=qos"`
	Priority    int64             `ovsdb:"priority" nb:"range=0..32767"`
	Direction   string            `ovsdb:"direction" nb:"enum=from-lport|to-lport"`
	Match       string            `ovsdb:"match"`
	Action      map[string]int64  `ovsdb:"action" nb:"enum=dscp|mark,range=0..4294967295"`
	Bandwidth   map[string]int64  `ovsdb:"bandwidth" nb:"enum=rate|burst,range=1..4294967295"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// Meter is a row of the Meter table, as ovn-nb(5) describes it.
type Meter struct {
	Row         `ovsdb:"Meter" nb:"yaml=meters,key=name,root,index=name"`
	Name        string            `ovsdb:"name"`
	Unit        string            `ovsdb:"unit" nb:"enum=kbps|pktps"`
	Bands       []*MeterBand      `ovsdb:"bands" nb:"min=1"`
	Fair        *bool             `ovsdb:"fair" nb:"optional"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// MeterBand is a row of the Meter_Band table, as ovn-nb(5) describes it.
type MeterBand struct {
	Row         `ovsdb:"Meter_Band" nb:"yaml=meter_bands"`
	Action      string            `ovsdb:"action" nb:"enum=drop"`
	Rate        int64             `ovsdb:"rate" nb:"range=1..4294967295"`
	BurstSize   int64             `ovsdb:"burst_size" nb:"range=0..4294967295"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// Copp is a row of the Copp table, as ovn-nb(5) describes it.
type Copp struct {
	Row         `ovsdb:"Copp" nb:"yaml=copp,key=name,root,index=name"`
	Name        string            `ovsdb:"name"`
	Meters      map[string]string `ovsdb:"meters"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
