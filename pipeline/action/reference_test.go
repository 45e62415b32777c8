package action

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/expr"
)

// differs are the rows of the reference where we do not follow ovn-trace, and why.
var differs = map[string]string{
	`log(name="a\"b\\c", verdict=allow);`:                       "quotes in strings are escaped, so that the text parses again",
	`log(name="aé", verdict=allow, meter="m\"x");`:              "likewise",
	`mirror("a\"b");`:                                           "likewise",
	`bind_vport("a\"b", inport);`:                               "likewise",
	`fwd_group(childports="a\"b");`:                             "likewise",
	`ct_lb_mark_local(backends="a\"b":1.2.3.4:5);`:              "likewise",
	`ct_lb_mark(backends=1.2.3.4; hash_fields="a\"b");`:         "likewise",
	`reg0 = 0x2/0x1;`:                                           "printed as 0/0x1, which does not parse",
	`reg0 = 0x0/0xff;`:                                          "likewise",
	`reg0 = 0x100/0xff;`:                                        "likewise",
	`fwd_group;`:                                                "printed as fwd_group(), which does not parse",
	`set_meter(18446744073709551615);`:                          "printed as -1, which does not parse",
	`set_meter(100, x);`:                                        "burst is not ignored when it is no number",
	`set_meter(100, 0x10);`:                                     "likewise",
	`set_meter();`:                                              "a missing rate is not skipped over",
	`set_meter(100,);`:                                          "likewise",
	`set_meter(-1);`:                                            "likewise",
	`set_meter(10.5);`:                                          "likewise",
	`set_meter(0x10);`:                                          "likewise",
	`set_meter(x);`:                                             "likewise",
	`sample(probability=10,collector_set=4294967296);`:          "numbers too big are errors, not their low bits",
	`sample(probability=10,obs_point=4294967296);`:              "likewise",
	`sample(probability=10,obs_domain=ct_label.obs_point_id);`:  "an argument that is no number is an error, not 0",
	`sample(probability=5,collector_set=0x10);`:                 "likewise",
	`sample(probability=a);`:                                    "likewise, where it stands",
	`sample(probability=0x10);`:                                 "likewise",
	`sample(probability=5,obs_point=$cookie,obs_point=4);`:      "the last one counts, as with every other argument",
	`reg0[0] = dhcp_relay_req_chk(192.168.1.1);`:                "a missing server is not read past the parenthesis",
	`reg0[0] = dhcp_relay_req_chk(192.168.1.1, );`:              "likewise",
	`reg0[0] = dhcp_relay_req_chk(192.168.1.1, foo);`:           "a server that is no address is an error, not the relay again",
	`reg0[0] = dhcp_relay_resp_chk(192.168.1.1, foo);`:          "likewise",
	`reg0[0] = dhcp_relay_req_chk(192.168.1.1, "x");`:           "likewise",
	`reg0[0] = dhcp_relay_req_chk(192.168.1.1/24, 172.16.1.1);`: "a mask is an error",
	`reg0[0] = dhcp_relay_req_chk;`:                             "the word alone is no action that stores a result",
}

// TestReference holds what is parsed and what is said of errors against what the real ovn-trace did.
func TestReference(t *testing.T) {
	data, err := os.ReadFile("testdata/ovn-trace.txt")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for len(lines) > 0 && strings.HasPrefix(lines[0], "#") {
		lines = lines[1:]
	}
	at := At{Ingress, 0}
	for i := 0; i+1 < len(lines); i += 2 {
		in, want := lines[i], strings.TrimPrefix(lines[i+1], "\t")
		actions, err := Parse(in)
		got := "= drop;"
		switch {
		case err != nil:
			got = "! " + err.(*expr.Error).Msg
		case len(actions) > 0:
			got = "= " + Format(actions[0], at)
		}
		if why, ok := differs[in]; ok {
			assert.NotEqual(t, want, got, "%s: no longer differs (%s)", in, why)
			continue
		}
		assert.Equal(t, want, got, in)
	}
}
