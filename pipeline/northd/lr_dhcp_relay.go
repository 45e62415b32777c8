package northd

import (
	"net/netip"

	"ovnsim/pipeline"
)

// dhcpRelayFeature takes DHCP requests from a port's network to a server elsewhere, and the answers back.
var dhcpRelayFeature = feature{
	name:  "dhcp-relay",
	title: "DHCP_Relay",
	stages: []pipeline.Stage{
		pipeline.LrInIPInput, pipeline.LrInDHCPRelayReq, pipeline.LrInDHCPRelayRespChk, pipeline.LrInDHCPRelayResp,
	},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		if p.DHCPRelay == nil || len(p.Networks4) == 0 || p.Switch == nil {
			return
		}
		if _, relays := p.Switch.Switch.OtherConfig["dhcp_relay_port"]; !relays {
			return
		}
		if server, err := netip.ParseAddr(p.DHCPRelay.Servers); err == nil {
			relayRequest(e, p, p.Networks4[0].Addr(), server)
			relayResponse(e, p, p.Networks4[0].Addr(), server)
		}
	},
}

// relayRequest takes what clients broadcast to the server, in the port's name.
func relayRequest(e *Emitter, p *RouterPort, own, server netip.Addr) {
	dp := p.Router.DP
	from := F("inport == %s && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && ", p.Key)
	e.AddMetered(dp, pipeline.LrInIPInput, 110, from+"ip.frag == 0 && udp.src == 68 && udp.dst == 67",
		F(regDHCPRelayReq+" = dhcp_relay_req_chk(%s, %s);next; /* DHCP_RELAY_REQ */", own, server), p.Router.meter("dhcpv4-relay"))
	e.Add(dp, pipeline.LrInDHCPRelayReq, 100, from+"udp.src == 68 && udp.dst == 67 && "+regDHCPRelayReq,
		F("ip4.src = %s; ip4.dst = %s; udp.src = 67; next; /* DHCP_RELAY_REQ */", own, server))
	e.Add(dp, pipeline.LrInDHCPRelayReq, 1, from+"udp.src == 68 && udp.dst == 67 && "+regDHCPRelayReq+" == 0", "drop; /* DHCP_RELAY_REQ */")
}

// relayResponse takes the server's answers to the port's network.
func relayResponse(e *Emitter, p *RouterPort, own, server netip.Addr) {
	dp := p.Router.DP
	e.Add(dp, pipeline.LrInIPInput, 110, F("ip4.src == %s && ip4.dst == %s && ip.frag == 0 && udp.src == 67 && udp.dst == 67", server, own),
		"next; /* DHCP_RELAY_RESP */")
	e.AddMetered(dp, pipeline.LrInDHCPRelayRespChk, 100, F("ip4.src == %s && ip4.dst == %s && udp.src == 67 && udp.dst == 67", server, own),
		F("reg2 = ip4.dst; "+regDHCPRelayResp+" = dhcp_relay_resp_chk(%s, %s); next; /* DHCP_RELAY_RESP */", own, server), p.Router.meter("dhcpv4-relay"))
	from := F("ip4.src == %s && reg2 == %s && udp.src == 67 && udp.dst == 67 && ", server, own)
	e.Add(dp, pipeline.LrInDHCPRelayResp, 100, from+regDHCPRelayResp,
		F("ip4.src = %s; udp.dst = 68; outport = %s; output; /* DHCP_RELAY_RESP */", own, p.Key))
	e.Add(dp, pipeline.LrInDHCPRelayResp, 1, from+regDHCPRelayResp+" == 0", "drop; /* DHCP_RELAY_RESP */")
}
