package northd

import "strconv"

// maxSampleDomain is the largest observation domain: of the eight bits that the datapath's key leaves of it, all ones are not one.
const maxSampleDomain = 254

// dropAction is what drops a packet: plainly, or with a sample of it sent to a collector, so that somebody may find out
// why (NB_Global options:debug_drop_collector_set, options:debug_drop_domain_id). A Sampling_App row of type drop, where
// app is not 0, takes the place of the domain.
func dropAction(options map[string]string, app int64) string {
	set, err := strconv.ParseUint(options["debug_drop_collector_set"], 10, 32)
	if err != nil || set == 0 {
		return "drop;"
	}
	domain, err := strconv.ParseUint(options["debug_drop_domain_id"], 10, 32)
	if err != nil {
		domain = 0
	}
	if app != 0 {
		domain = uint64(app)
	}
	if domain > maxSampleDomain {
		return "drop;"
	}
	return F("sample(probability=65535,collector_set=%d,obs_domain=%d,obs_point=$cookie); /* drop */", set, domain)
}
