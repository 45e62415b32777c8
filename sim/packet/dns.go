package packet

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// DNS is an answer of a DNS server (RFC 1035), as far as its askers look at it.
type DNS struct {
	ID                    uint16
	Status                string // NOERROR, NXDOMAIN, …
	AA, TC, RD, RA        bool
	Questions             int
	Answers               []DNSRecord
	Authority, Additional int // how many records
	Size                  int // in bytes
}

// DNSRecord is a record of an answer, its data as zone files write it.
type DNSRecord struct {
	Name string // without the dot at the end
	Type string
	TTL  uint32 // s
	Data string
}

// dnsTypes are the types that can be asked for, and the codes of the rest of what answers may hold.
var dnsTypes = map[string]layers.DNSType{"A": layers.DNSTypeA, "AAAA": layers.DNSTypeAAAA, "PTR": layers.DNSTypePTR, "TXT": layers.DNSTypeTXT,
	"MX": layers.DNSTypeMX, "NS": layers.DNSTypeNS, "CNAME": layers.DNSTypeCNAME, "SOA": layers.DNSTypeSOA, "ANY": 255}

// ErrDNS is that of what is no answer of a DNS server.
var ErrDNS = errors.New("no DNS answer")

// IsDNSType tells whether a type can be asked for.
func IsDNSType(name string) bool {
	_, ok := dnsTypes[name]
	return ok
}

// DNSQuery is a question for a name's records of one type; the error is about the name.
func DNSQuery(id uint16, name, of string) ([]byte, error) {
	name = strings.TrimSuffix(name, ".")
	for _, label := range strings.Split(name, ".") {
		if len(label) == 0 || len(label) > 63 {
			return nil, fmt.Errorf("%q is no domain name", name)
		}
	}
	m := layers.DNS{ID: id, RD: true, QDCount: 1, Questions: []layers.DNSQuestion{{Name: []byte(name), Type: dnsTypes[of], Class: layers.DNSClassIN}}}
	buf := gopacket.NewSerializeBuffer()
	if err := m.SerializeTo(buf, gopacket.SerializeOptions{FixLengths: true}); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// ParseDNS reads an answer. NewPacket, unlike the layer's own decoder, survives every one.
func ParseDNS(b []byte) (*DNS, error) {
	p := gopacket.NewPacket(b, layers.LayerTypeDNS, gopacket.Default)
	l, ok := p.Layer(layers.LayerTypeDNS).(*layers.DNS)
	if !ok || p.ErrorLayer() != nil || !l.QR {
		return nil, ErrDNS
	}
	m := &DNS{ID: l.ID, Status: dnsStatus(l.ResponseCode), AA: l.AA, TC: l.TC, RD: l.RD, RA: l.RA, Questions: len(l.Questions),
		Authority: len(l.Authorities), Additional: len(l.Additionals), Size: len(b)}
	for i := range l.Answers {
		r := &l.Answers[i]
		m.Answers = append(m.Answers, DNSRecord{string(r.Name), dnsType(r.Type), r.TTL, dnsData(r)})
	}
	return m, nil
}

func dnsStatus(code layers.DNSResponseCode) string {
	if name, ok := map[layers.DNSResponseCode]string{layers.DNSResponseCodeNoErr: "NOERROR", layers.DNSResponseCodeFormErr: "FORMERR",
		layers.DNSResponseCodeServFail: "SERVFAIL", layers.DNSResponseCodeNXDomain: "NXDOMAIN", layers.DNSResponseCodeNotImp: "NOTIMP",
		layers.DNSResponseCodeRefused: "REFUSED"}[code]; ok {
		return name
	}
	return fmt.Sprintf("RESERVED%d", code)
}

func dnsType(t layers.DNSType) string {
	for name, of := range dnsTypes {
		if of == t {
			return name
		}
	}
	return fmt.Sprintf("TYPE%d", t)
}

// dnsData is what a record says; of types whose form is not known in RFC 3597's way.
func dnsData(r *layers.DNSResourceRecord) string {
	switch r.Type {
	case layers.DNSTypeA, layers.DNSTypeAAAA:
		return net.IP(r.IP).String()
	case layers.DNSTypePTR:
		return string(r.PTR) + "."
	case layers.DNSTypeCNAME:
		return string(r.CNAME) + "."
	}
	return fmt.Sprintf("\\# %d %x", len(r.Data), r.Data)
}
