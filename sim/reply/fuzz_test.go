package reply

import (
	"net/netip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/action"
	"ovnsim/sim/packet"
)

// FuzzAnswer gives every answer of this package frames that nobody would send: there is an answer that is a frame with right
// checksums, or a reason why not.
func FuzzAnswer(f *testing.F) {
	if data, err := os.ReadFile("testdata/controller.txt"); err == nil && len(data) > 0 {
		for _, c := range recordings(f) {
			f.Add(c.sent)
		}
	}
	var acts []action.Action
	for _, flow := range flows {
		acts = append(acts, parsed(f, flow.act)...)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		p, err := packet.Decode(frame)
		if err != nil {
			return
		}
		check := func(out []byte, why string) {
			require.Equal(t, out == nil, why != "")
			if out == nil {
				return
			}
			q, err := packet.Decode(out)
			require.NoError(t, err)
			require.Empty(t, q.ChecksumError())
		}
		for _, a := range acts {
			switch a := a.(type) {
			case *action.PutDHCPOpts:
				check(DHCPv4(p, a.Options))
			case *action.PutDHCPv6Opts:
				check(DHCPv6(p, a.Options))
			case *action.PutNDRAOpts:
				check(RouterAdvert(p, a.Options))
			case *action.DHCPRelayReqChk:
				check(RelayRequest(p, a.Relay))
			case *action.DHCPRelayRespChk:
				check(RelayResponse(p, netip.MustParseAddr("10.0.3.254"), a.Server))
			default:
				check(Make(a, p))
			}
		}
		check(DNS(p, names, nil))
	})
}
