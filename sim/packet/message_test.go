package packet

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDHCPMessages(t *testing.T) {
	m := DHCP{
		XID: 7, MAC: MAC{2, 0, 0, 0, 0, 1}, Type: DHCPRequest, Client: netip.IPv4Unspecified(), Yours: netip.IPv4Unspecified(),
		Options: []DHCPOption{{54, []byte{10, 0, 0, 1}}, {50, []byte{10, 0, 0, 2}}},
	}
	b := m.Bytes()
	assert.Len(t, b, 300)
	got, err := ParseDHCP(b)
	require.NoError(t, err)
	assert.Equal(t, m.Options, got.Options[:2])
	got.Options = m.Options
	assert.Equal(t, &m, got)
	for _, bad := range []string{"", "x", string(b[:200])} {
		_, err := ParseDHCP([]byte(bad))
		assert.ErrorIs(t, err, ErrDHCP)
	}
}

func TestDNSMessages(t *testing.T) {
	q, err := DNSQuery(7, "a.example.", "A")
	require.NoError(t, err)
	_, err = ParseDNS(q)
	assert.ErrorIs(t, err, ErrDNS, "a question is no answer")
	q[2], q[3], q[7] = 0x85, 0x80, 3 // an answer of three records, from who is in charge
	answer := string(q) +
		"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\x0a\x00\x00\x01" +
		"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x09\x00\x04\x01b\xc0\x0e" +
		"\xc0\x0c\x00\x63\x00\x01\x00\x00\x00\x09\x00\x02\xab\xcd"
	m, err := ParseDNS([]byte(answer))
	require.NoError(t, err)
	assert.Equal(t, &DNS{ID: 7, Status: "NOERROR", AA: true, RD: true, RA: true, Questions: 1, Size: len(answer), Answers: []DNSRecord{
		{"a.example", "A", 9, "10.0.0.1"}, {"a.example", "CNAME", 9, "b.example."}, {"a.example", "TYPE99", 9, `\# 2 abcd`},
	}}, m)
	for _, bad := range []string{"", "a..b", "." + string(make([]byte, 64))} {
		_, err := DNSQuery(1, bad, "A")
		assert.Error(t, err, "%q", bad)
	}
}

func FuzzDHCP(f *testing.F) {
	f.Add((&DHCP{Type: DHCPOffer, Options: []DHCPOption{{121, []byte{24, 10, 0, 0, 10, 0, 0, 1}}}}).Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParseDHCP(b); err == nil {
			again, err := ParseDHCP(m.Bytes())
			if err != nil || again.XID != m.XID || again.MAC != m.MAC {
				t.Fatalf("%+v\n%+v %v", m, again, err)
			}
		}
	})
}

func FuzzDNS(f *testing.F) {
	f.Add([]byte("\x10\x92\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\x0a\x00\x00\x01"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = ParseDNS(b) })
}
