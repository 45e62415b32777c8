package pipeline

// Flow is a logical flow: on every datapath of a group, in one stage, what to do with packets that match.
// Match and Actions are OVN's text, registers expanded, exactly as a Logical_Flow row holds them.
type Flow struct {
	Datapaths *DatapathGroup
	Pipeline  Pipeline
	Table     uint8
	Priority  uint16
	StageName string // as recorded; normally the name of the stage at Pipeline and Table
	Match     string
	Actions   string

	ControllerMeter string // meter of packets sent to the controller, "" for none
	InOutPort       string // the one port the flow is about (tags:in_out_port), "" for none
	Desc            string // flow_desc
	Source          string // where northd made it (external_ids:source), recorded flows only
	Hint            string // first eight hexadecimal digits of the northbound row that made it (external_ids:stage-hint)
	UUID            [16]byte
}

// DatapathGroup is the set of datapaths that a flow is on, in the order of Southbound.Datapaths. Groups are shared:
// flows on the same datapaths point to the same group.
type DatapathGroup struct {
	Datapaths []*Datapath
}
