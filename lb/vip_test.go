package lb

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseVIP(t *testing.T) {
	for _, row := range []struct{ key, backends, want string }{
		{"10.0.0.10", "10.0.1.1,10.0.1.2", "10.0.0.10=10.0.1.1,10.0.1.2"},
		{"10.0.0.10:80", "10.0.1.1:8080, 10.0.1.2:8081", "10.0.0.10:80=10.0.1.1:8080,10.0.1.2:8081"},
		{"10.0.0.10:80", "", "10.0.0.10:80="},
		{"[fd0f::1]:8800", "[fd0f::2]:80", "[fd0f::1]:8800=[fd0f::2]:80"},
		{"fd0f::1", "fd0f::2,[fd0f::3]", "fd0f::1=fd0f::2,fd0f::3"},
		{"10.0.0.10:0", "10.0.1.1", "10.0.0.10=10.0.1.1"},
		{"10.0.0.10", "fd0f::2", `VIP 10.0.0.10: backend fd0f::2: VIP and backend are of different address families`},
		{"fd0f::1", "10.0.0.1", `VIP fd0f::1: backend 10.0.0.1: VIP and backend are of different address families`},
		{"10.0.0.10:80", "10.0.1.1", `VIP 10.0.0.10:80: backend 10.0.1.1: a port on one side only`},
		{"10.0.0.10", "10.0.1.1:80", `VIP 10.0.0.10: backend 10.0.1.1:80: a port on one side only`},
		{"10.0.0.300:80", "", `VIP "10.0.0.300:80": "10.0.0.300" is no IP address`},
		{"10.0.0.1:70000", "", `VIP "10.0.0.1:70000": port "70000": not a number up to 65535`},
		{"10.0.0.1:", "", `VIP "10.0.0.1:": not an address, with :PORT or without`},
		{"", "", `VIP "": not an address, with :PORT or without`},
		{"[fd00::1", "", `VIP "[fd00::1": the bracket is not closed`},
		{"[fd00::1]80", "", `VIP "[fd00::1]80": after the bracket only :PORT can follow`},
		{"[10.0.0.1]:80", "", `VIP "[10.0.0.1]:80": brackets are for IPv6 addresses`},
		{"fe80::1%eth0", "", `VIP "fe80::1%eth0": "fe80::1%eth0" is no IP address`},
		{"10.0.0.1:80", "x:80", `VIP 10.0.0.1:80: backend "x:80": "x" is no IP address`},
	} {
		v, err := ParseVIP(row.key, row.backends)
		if err != nil {
			assert.Equal(t, row.want, err.Error())
			continue
		}
		assert.Equal(t, row.want, v.String())
	}
}

// TestReadVIP: what northd can use it uses.
func TestReadVIP(t *testing.T) {
	v, problems := ReadVIP("10.0.0.1:80", "10.0.1.1:80,fd00::1,10.0.1.2,nonsense,10.0.1.3:81")
	assert.Equal(t, "10.0.0.1:80=10.0.1.1:80,10.0.1.3:81", v.String())
	assert.Len(t, problems, 3)
	v, problems = ReadVIP("nonsense", "10.0.0.1")
	assert.False(t, v.Addr.IsValid())
	assert.Len(t, problems, 1)
}

func TestTemplate(t *testing.T) {
	variables := map[string]string{"vip": "10.0.0.1", "vip6": "fd00::1", "port": "80"}
	for _, row := range []struct{ text, want string }{
		{"^vip", "10.0.0.1"},
		{"^vip:^port", "10.0.0.1:80"},
		{"^vip6:^port", "[fd00::1]:80"},
		{"10.0.0.2:^port", "10.0.0.2:80"},
		{"^gone:80", `^gone:80: no template variable "gone" on this chassis`},
		{"gone:80", "gone:80"},
		{"^vip:80:90", `"^vip:80:90": not one or two parts with a colon between them`},
		{"::", `"::": not one or two parts with a colon between them`},
	} {
		got := ""
		template, err := ParseTemplate(row.text)
		if err == nil {
			assert.Equal(t, row.text, template.String())
			got, err = template.Expand(variables)
		}
		if err != nil {
			got = err.Error()
		}
		assert.Equal(t, row.want, got)
	}
}

func TestParseFields(t *testing.T) {
	fields, err := ParseFields([]string{"tp_dst", "ip_src", "eth_dst", "ip_src", "tp_src"}, UDP)
	assert.NoError(t, err)
	assert.Equal(t, []Field{EthDst, IPSrc, UDPSrc, UDPDst}, fields)
	_, err = ParseFields([]string{"ip_sorce"}, UDP)
	assert.ErrorContains(t, err, `selection field "ip_sorce"`)
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"10.0.0.1:80", "[fd00::1]:80", "fd00::1", "[^v]:^p", "[]", ":", "::ffff:1.2.3.4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := ParseEndpoint(s); err == nil {
			again, err := ParseEndpoint(e.String())
			assert.NoError(t, err)
			assert.Equal(t, e, again)
		}
		if e, err := ParseTemplate(s); err == nil {
			again, err := ParseTemplate(e.String())
			assert.NoError(t, err)
			assert.Equal(t, e, again)
		}
		if m, err := ParseMapping(s); err == nil {
			again, err := ParseMapping(m.String())
			assert.NoError(t, err)
			assert.Equal(t, m, again)
		}
	})
}
