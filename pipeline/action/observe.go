package action

import "ovnsim/pipeline/expr"

// Log writes the packet to ovn-controller's log: log(name="acl1", verdict=allow, severity=info, meter="m");
type Log struct {
	Name     string
	Named    bool // a name was given, if only ""
	Verdict  Verdict
	Severity Severity
	Meter    string
	Metered  bool // a meter was given, if only ""
}

// Verdict is what a logged ACL decided.
type Verdict uint8

// The verdicts.
const (
	NoVerdict Verdict = iota
	Allow
	Drop
	RejectIt
	Pass
)

var verdicts = [...]string{"", "allow", "drop", "reject", "pass"}

// String is the verdict's name in the language.
func (v Verdict) String() string { return verdicts[v] }

// Severity is how serious a log message is.
type Severity uint8

// The severities, from the most serious on.
const (
	Alert Severity = iota
	Warning
	Notice
	Info
	Debug
)

var severities = [...]string{"alert", "warning", "notice", "info", "debug"}

// String is the severity's name in the language.
func (s Severity) String() string { return severities[s] }

// Sample sends some of the packets to an IPFIX collector:
// sample(probability=65535,collector_set=1,obs_domain=2,obs_point=3);
type Sample struct {
	Probability  uint16 // packets out of 65,535
	CollectorSet uint32
	ObsDomain    uint8 // ovn-controller puts the datapath's key in the 24 bits below it
	ObsPoint     ObsPoint
}

// ObsPoint is the observation point of a Sample: the flow's cookie, a field, or a number.
type ObsPoint struct {
	Cookie bool
	Ref    expr.Ref // the zero Ref where ID counts
	ID     uint32
}

// TriggerEvent lets ovn-controller write a row of Controller_Event:
// trigger_event(event = "empty_lb_backends", vip = "10.0.0.1:80", protocol = "tcp", load_balancer = "…");
type TriggerEvent struct {
	Event   string // "empty_lb_backends" is the only one
	Options []Option
}

func (a *Log) String() string          { return Format(a, At{}) }
func (a *Sample) String() string       { return Format(a, At{}) }
func (a *TriggerEvent) String() string { return Format(a, At{}) }

func (a *Log) append(b []byte, _ At) []byte {
	b = append(b, "log("...)
	if a.Named {
		b = append(quoted(append(b, "name="...), a.Name), ", "...)
	}
	b = append(append(b, "verdict="...), a.Verdict.String()...)
	b = append(append(b, ", severity="...), a.Severity.String()...)
	if a.Metered {
		b = quoted(append(b, ", meter="...), a.Meter)
	}
	return append(b, ");"...)
}

func (a *Sample) append(b []byte, _ At) []byte {
	b = unsigned(append(b, "sample(probability="...), uint64(a.Probability))
	b = unsigned(append(b, ",collector_set="...), uint64(a.CollectorSet))
	b = unsigned(append(b, ",obs_domain="...), uint64(a.ObsDomain))
	b = append(b, ",obs_point="...)
	switch {
	case a.ObsPoint.Cookie:
		b = append(b, "$cookie"...)
	case a.ObsPoint.Ref != expr.Ref{}:
		b = a.ObsPoint.Ref.Append(b)
	default:
		b = unsigned(b, uint64(a.ObsPoint.ID))
	}
	return append(b, ");"...)
}

func (a *TriggerEvent) append(b []byte, _ At) []byte {
	b = append(quoted(append(b, "trigger_event(event = "...), a.Event), ", "...)
	if len(a.Options) == 0 {
		b = b[:len(b)-len(", ")]
	}
	return options(b, a.Options)
}
