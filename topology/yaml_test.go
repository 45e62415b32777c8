package topology_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/topology"
)

// Every row: a lab file and everything that is said of it, in order.
var wrong = []struct{ name, text, want string }{
	{"empty", "", `lab.yaml:1:1: the file is empty`},
	{"blank", "\n  \n", `lab.yaml:1:1: the file is empty`},
	{"comments", "# nothing\n", `lab.yaml:1:1: the file says nothing but comments`},
	{"null", "---\n", `lab.yaml:2:1: the file says nothing`},
	{"binary", "a\x00b", `lab.yaml:1:1: neither YAML nor an OVSDB database: it is not text`},
	{"not UTF-8", "a\xffb", `lab.yaml:1:1: neither YAML nor an OVSDB database: it is not text`},
	{"prose", "hello", `lab.yaml:1:1: neither a lab file (a YAML mapping with keys such as switches) nor an OVSDB database`},
	{"list", "- a", `lab.yaml:1:1: neither a lab file (a YAML mapping with keys such as switches) nor an OVSDB database`},
	{"broken", "a: [\n", `lab.yaml:1:1: neither an OVSDB database nor valid YAML: did not find expected node content`},
	{"two documents", "name: a\n---\nname: b\n", `lab.yaml:2:1: a second YAML document; a lab file is one`},
	{"section", "switchs: {}", `lab.yaml:1:1: unknown key "switchs" (did you mean "switches"?)`},
	{"far section", "zzzzzz: {}", `lab.yaml:1:1: unknown key "zzzzzz"`},
	{"section type", "switches: 5", `lab.yaml:1:11: switches takes a mapping (or a list) of rows, not the single value "5"`},
	{"row type", "switches: {a: 5}", `lab.yaml:1:15: a row of switches is a mapping of its columns, not a single value`},
	{"key", "switches: {a: {port: {}}}", `lab.yaml:1:16: unknown key "port" in switches (did you mean "ports"?)`},
	{"key type", "switches: {[a]: {}}", `lab.yaml:1:12: a key must be a plain word, not a list`},
	{"key twice", "switches: {a: , a: }", `lab.yaml:1:17: "a" is here twice; first on line 1`},
	{"port twice", "switches: {a: {ports: {p: }}, b: {ports: {p: }}}", `lab.yaml:1:43: switch_ports: "p" is already on line 1`},
	{"element twice", "switches: {a: {ports: {p: {addresses: [unknown, unknown]}}}}", `lab.yaml:1:49: addresses: "unknown" is here twice`},
	{"reference twice", "switches: {a: {load_balancer: [w, w]}}\nload_balancers: {w: }", `lab.yaml:1:35: load_balancer: "w" is here twice`},
	{"mac", "routers: {r: {ports: {p: {mac: 02:00}}}}", `lab.yaml:1:32: mac: "02:00" is not a MAC address (six hexadecimal pairs with colons)`},
	{"no mac", "routers: {r: {ports: {p: }}}", `lab.yaml:1:23: mac: "" is not a MAC address (six hexadecimal pairs with colons)`},
	{"network", "routers: {r: {ports: {p: {mac: 02:00:00:00:00:01, networks: 10.0.0.1}}}}", `lab.yaml:1:61: networks: "10.0.0.1" is not an address with its prefix length, such as 192.0.2.1/24`},
	{"address", `switches: {a: {ports: {p: {addresses: ["02:00:00:00:00:01 10.0.0.300"]}}}}`, `lab.yaml:1:40: addresses: in "02:00:00:00:00:01 10.0.0.300": "10.0.0.300" is not an IP address or prefix`},
	{"security", `switches: {a: {ports: {p: {port_security: [10.0.0.1]}}}}`, `lab.yaml:1:44: port_security: in "10.0.0.1": "10.0.0.1" is not a MAC address (six hexadecimal pairs with colons)`},
	{"port type", "switches: {a: {ports: {p: {type: localnt}}}}", `lab.yaml:1:34: type: "localnt" is no type of switch port; they are router, switch, localnet, localport, l2gateway, vtep, external, virtual, remote (did you mean "localnet"?)`},
	{"switch", "switches: {dmz: }\nrouters: {r: {ports: {p: {mac: 02:00:00:00:00:01, switch: dnz}}}}", `lab.yaml:2:59: switch: no row of switches is called "dnz" (did you mean "dmz"?)`},
	{"router port", "switches: {a: {ports: {p: {type: router, options: {router-port: x}}}}}", `lab.yaml:1:52: options: there is no router port "x"`},
	{"reference", "switches: {a: {load_balancer: web}}", `lab.yaml:1:31: load_balancer: no row of load_balancers is called "web"`},
	{"ambiguous", "dns: {d: {records: {a: b}}}\nswitches: {a: {dns_records: d}, b: {dns_records: {d: }}}", `lab.yaml:2:29: dns_records: 2 rows of dns are called "d"`},
	{"families", `load_balancers: {w: {vips: {"10.0.0.1:80": "10.0.0.2:80,[fd00::1]:80"}}}`, `lab.yaml:1:29: vips: backend [fd00::1]:80 and VIP 10.0.0.1:80 are of different families`},
	{"backend port", `load_balancers: {w: {vips: {10.0.0.1: 10.0.0.2:80}}}`, `lab.yaml:1:29: vips: backend 10.0.0.2:80 has a port, but VIP 10.0.0.1 has none`},
	{"vip", `load_balancers: {w: {vips: {web: 10.0.0.2}}}`, `lab.yaml:1:29: vips: "web" is not an address, or an address and port such as 192.0.2.1:80 or [2001:db8::1]:80`},
	{"map", `switches: {a: {other_config: [x]}}`, `lab.yaml:1:30: other_config takes a mapping, not a list`},
	{"map value", `switches: {a: {other_config: {x: {}}}}`, `lab.yaml:1:34: other_config:x takes a string, not a mapping`},
	{"string", `routers: {r: {static_routes: [{ip_prefix: [0.0.0.0/0]}]}}`, `lab.yaml:1:43: ip_prefix takes a string, not a list`},
	{"integer", `switches: {a: {ports: {p: {tag: one}}}}`, `lab.yaml:1:33: tag: "one" is not an integer`},
	{"range", `switches: {a: {ports: {p: {tag: 4096}}}}`, `lab.yaml:1:33: tag: 4096 is not between 1 and 4095`},
	{"boolean", `routers: {r: {enabled: no}}`, `lab.yaml:1:24: enabled: "no" is neither true nor false`},
	{"enumeration", `switches: {a: {acls: [{direction: to-lport, match: ip4, action: alow}]}}`, "lab.yaml:1:65: action: \"alow\" is not one of allow, allow-related, allow-stateless, drop, reject, pass (did you mean \"allow\"?)"},
	{"missing", `switches: {a: {acls: [{match: ip4, action: drop}]}}`, `lab.yaml:1:23: acls: a row needs direction, one of from-lport, to-lport`},
	{"minimum", `meters: {m: {unit: kbps}}`, `lab.yaml:1:10: meters: a row needs bands`},
	{"length", `switches: {a: {acls: [{name: ` + strings.Repeat("x", 64) + `, direction: to-lport, action: drop}]}}`, `lab.yaml:1:30: name: "` + strings.Repeat("x", 64) + `" has more than 63 characters`},
	{"orphan", `nat: {n: {type: snat, external_ip: 1.1.1.1, logical_ip: 10.0.0.0/8}}`, `lab.yaml:1:7: nat: nothing refers to this row, so OVN would not keep it`},
	{"index", "bfd: [{logical_port: p, dst_ip: 1.1.1.1}, {logical_port: p, dst_ip: 1.1.1.1}]\nvalidate: false", `lab.yaml:1:43: the UUID c908628c-af4c-80d5-8818-5b3b3a7a8415 is already that of the row on line 1`},
	{"uuid", `switches: {a: {_uuid: x}}`, `lab.yaml:1:23: _uuid: "x" is not a UUID`},
	{"alias to itself", "switches: &s\n  a: *s\n", ""},
	{"merge", "switches: {a: {<<: 5}}", "lab.yaml:1:20: `<<` takes a mapping, not a single value"},
	{"all of them", "switchs:\nrouters: {r: {ports: {p: {mac: zz}}, prts: }}\nlod_balancers:\n", `lab.yaml:1:1: unknown key "switchs" (did you mean "switches"?)
lab.yaml:2:32: mac: "zz" is not a MAC address (six hexadecimal pairs with colons)
lab.yaml:2:38: unknown key "prts" in routers (did you mean "ports"?)
lab.yaml:3:1: unknown key "lod_balancers" (did you mean "load_balancers"?)`},
}

func TestWhatIsWrongIsSaidWithItsPlace(t *testing.T) {
	for _, row := range wrong {
		_, err := topology.Read([]byte(row.text), "lab.yaml")
		if assert.Error(t, err, row.name) && row.want != "" {
			assert.Equal(t, row.want, err.Error(), row.name)
		}
	}
}

const labText = `
version: 1
hosts: {whatever: [this, is]}
switches:
  outside: {ports: {out: {type: localnet, addresses: unknown, options: {network_name: dataNet}}}}
  transit:
    ports:
      transit-r2: {options: {arp_proxy: 10.0.0.9}}
    acls:
      - {direction: to-lport, priority: 1000, match: ip4, action: allow-related, label: 7}
    load_balancer: web
routers:
  r1:
    options: {chassis: hv1}
    ports:
      r1-out: {mac: "02:00:00:00:00:01", networks: 10.0.0.1/24, switch: outside, gateway_chassis: {hv1: {priority: 20}, hv2: }}
      r1-t: {mac: "02:00:00:00:00:02", networks: [10.0.1.1/24, "fd00::1/64"], switch: transit}
    static_routes: [{ip_prefix: 0.0.0.0/0, nexthop: 10.0.0.254}]
    nat: [{type: snat, external_ip: 10.0.0.1, logical_ip: 10.0.1.0/24, gateway_port: r1-out}]
  r2:
    ports:
      r2-a: {mac: "02:00:00:00:00:03", networks: [10.0.1.2/24], switch: transit, enabled: false}
      r2-b: {mac: "02:00:00:00:00:04", networks: [10.0.1.3/24], switch: transit}
load_balancers:
  web: {vips: {"10.0.0.254": "10.0.1.5,10.0.1.6", "10.0.0.254:80": ["10.0.1.5:8000", "10.0.1.6:8000"]}, selection_fields: [ip_src, ip_dst]}
port_groups:
  group: {ports: [out, transit-r2], acls: {mine: {direction: from-lport, match: ip, action: drop}}}
meters:
  slow: {unit: kbps, bands: [{action: drop, rate: 100}]}
dhcp_options:
  four: {cidr: 10.0.1.0/24, options: {lease_time: 3600}}
`

func TestLabFileMakesRows(t *testing.T) {
	top, err := topology.Read([]byte(labText), "lab.yaml")
	require.NoError(t, err)
	transit, r1, r2 := top.Switch("transit"), top.Router("r1"), top.Router("r2")
	names := func(ls *topology.LogicalSwitch) (out []string) {
		for _, p := range ls.Ports {
			out = append(out, p.Name)
		}
		return out
	}
	assert.ElementsMatch(t, []string{"out", "outside-r1"}, names(top.Switch("outside")))
	assert.ElementsMatch(t, []string{"transit-r1", "transit-r2", "transit-r2-b"}, names(transit), "a second port on a switch is named after the port")
	written := top.SwitchPort("transit-r2")
	assert.Equal(t, map[string]string{"arp_proxy": "10.0.0.9", "router-port": "r2-a"}, written.Options, "a port that the switch writes itself is completed")
	assert.Equal(t, "router", written.Type)
	assert.Equal(t, []string{"router"}, written.Addresses)
	assert.Equal(t, []string{"unknown"}, top.SwitchPort("out").Addresses)
	assert.Equal(t, "hv1", r1.Options["chassis"])
	assert.Equal(t, "r1-out-hv1", gateway(top.RouterPort("r1-out"), "hv1").Name)
	assert.Equal(t, int64(20), gateway(top.RouterPort("r1-out"), "hv1").Priority)
	assert.Same(t, top.RouterPort("r1-out"), r1.NAT[0].GatewayPort)
	assert.False(t, *top.RouterPort("r2-a").Enabled)
	assert.Nil(t, top.RouterPort("r2-b").Enabled)
	assert.Same(t, r2, top.RouterOf(top.RouterPort("r2-b")))
	assert.Same(t, transit, top.SwitchOf(written))
	assert.Equal(t, "10.0.1.5:8000,10.0.1.6:8000", transit.LoadBalancer[0].VIPs["10.0.0.254:80"])
	assert.Equal(t, []string{"ip_dst", "ip_src"}, top.Balancer("web").SelectionFields, "sets are in OVSDB's order")
	assert.Equal(t, int64(7), transit.ACLs[0].Label)
	assert.Equal(t, "", top.PortGroupNamed("group").ACLs[0].Name, "an ACL's key is a label, not its name")
	assert.Len(t, top.PortGroupNamed("group").Ports, 2)
	assert.Len(t, top.NBGlobal, 1)
	assert.Equal(t, topology.Position{File: "lab.yaml", Line: 16, Col: 7}, top.RouterPort("r1-out").Pos)
	again, err := topology.Read([]byte(labText), "other.yaml")
	require.NoError(t, err)
	assert.Equal(t, text(t, top), text(t, again), "the same file gives the same UUIDs")
}

func gateway(p *topology.LogicalRouterPort, chassis string) *topology.GatewayChassis {
	for _, gc := range p.GatewayChassis {
		if gc.ChassisName == chassis {
			return gc
		}
	}
	return nil
}

func FuzzYAML(f *testing.F) {
	f.Add(labText)
	for _, row := range wrong {
		f.Add(row.text)
	}
	f.Fuzz(func(t *testing.T, lab string) {
		top, err := topology.Read([]byte(lab), "lab.yaml")
		if err != nil {
			return
		}
		again, err := topology.Read([]byte(text(t, top)), "again")
		require.NoError(t, err)
		require.Equal(t, text(t, top), text(t, again))
	})
}
