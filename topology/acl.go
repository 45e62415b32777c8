package topology

// ACL is a row of the ACL table, as ovn-nb(5) describes it.
type ACL struct {
	Row                  `ovsdb:"ACL"`
	Name                 string                `ovsdb:"name"`
	Priority             int64                 `ovsdb:"priority"`
	Direction            string                `ovsdb:"direction"`
	Match                string                `ovsdb:"match"`
	Action               string                `ovsdb:"action"`
	NetworkFunctionGroup *NetworkFunctionGroup `ovsdb:"network_function_group"`
	Log                  bool                  `ovsdb:"log"`
	Severity             string                `ovsdb:"severity"`
	Meter                string                `ovsdb:"meter"`
	Label                int64                 `ovsdb:"label"`
	Tier                 int64                 `ovsdb:"tier"`
	SampleNew            *Sample               `ovsdb:"sample_new"`
	SampleEst            *Sample               `ovsdb:"sample_est"`
	Options              map[string]string     `ovsdb:"options"`
	ExternalIDs          map[string]string     `ovsdb:"external_ids"`
}

// AddressSet is a row of the Address_Set table, as ovn-nb(5) describes it.
type AddressSet struct {
	Row         `ovsdb:"Address_Set"`
	Name        string            `ovsdb:"name"`
	Addresses   []string          `ovsdb:"addresses"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// PortGroup is a row of the Port_Group table, as ovn-nb(5) describes it.
type PortGroup struct {
	Row         `ovsdb:"Port_Group"`
	Name        string               `ovsdb:"name"`
	Ports       []*LogicalSwitchPort `ovsdb:"ports"`
	ACLs        []*ACL               `ovsdb:"acls"`
	ExternalIDs map[string]string    `ovsdb:"external_ids"`
}

// Sample is a row of the Sample table, as ovn-nb(5) describes it.
type Sample struct {
	Row        `ovsdb:"Sample"`
	Collectors []*SampleCollector `ovsdb:"collectors"`
	Metadata   int64              `ovsdb:"metadata"`
}

// SampleCollector is a row of the Sample_Collector table, as ovn-nb(5) describes it.
type SampleCollector struct {
	Row         `ovsdb:"Sample_Collector"`
	ID          int64             `ovsdb:"id"`
	Name        string            `ovsdb:"name"`
	Probability int64             `ovsdb:"probability"`
	SetID       int64             `ovsdb:"set_id"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// SamplingApp is a row of the Sampling_App table, as ovn-nb(5) describes it.
type SamplingApp struct {
	Row         `ovsdb:"Sampling_App"`
	Type        string            `ovsdb:"type"`
	ID          int64             `ovsdb:"id"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// QoS is a row of the QoS table, as ovn-nb(5) describes it.
type QoS struct {
	Row         `ovsdb:"QoS"`
	Priority    int64             `ovsdb:"priority"`
	Direction   string            `ovsdb:"direction"`
	Match       string            `ovsdb:"match"`
	Action      map[string]int64  `ovsdb:"action"`
	Bandwidth   map[string]int64  `ovsdb:"bandwidth"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// Meter is a row of the Meter table, as ovn-nb(5) describes it.
type Meter struct {
	Row         `ovsdb:"Meter"`
	Name        string            `ovsdb:"name"`
	Unit        string            `ovsdb:"unit"`
	Bands       []*MeterBand      `ovsdb:"bands"`
	Fair        *bool             `ovsdb:"fair"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// MeterBand is a row of the Meter_Band table, as ovn-nb(5) describes it.
type MeterBand struct {
	Row         `ovsdb:"Meter_Band"`
	Action      string            `ovsdb:"action"`
	Rate        int64             `ovsdb:"rate"`
	BurstSize   int64             `ovsdb:"burst_size"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}

// Copp is a row of the Copp table, as ovn-nb(5) describes it.
type Copp struct {
	Row         `ovsdb:"Copp"`
	Name        string            `ovsdb:"name"`
	Meters      map[string]string `ovsdb:"meters"`
	ExternalIDs map[string]string `ovsdb:"external_ids"`
}
