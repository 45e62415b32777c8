package reply

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"ovnsim/sim/packet"
)

// Resolver knows the names that OVN answers for on a datapath. A name is asked for in lower case, without the last dot. The
// answer is as the column DNS.records has it: addresses, or the name that an address has. owned says that nobody else may
// know more of the name (DNS.options:ovn-owned).
type Resolver interface {
	Resolve(name string) (answer string, owned, ok bool)
}

// Types and classes of DNS questions (RFC 1035, RFC 3596), and what of the header counts.
const (
	dnsHeader = 12

	typeA    = 1
	typePTR  = 12
	typeAAAA = 28
	typeANY  = 255

	isResponse = 0x80 // of the third byte
	refused    = 5    // of the fourth
	classIN    = 1
	dnsTTL     = 3600
)

// DNS is the answer to a DNS query for a name that the resolver knows, still between the ends of the query (dns_lookup).
// Only its first question is looked at. Several addresses of a name are shuffled (math/rand.Rand.Shuffle has the right form),
// or as they are written where shuffle is nil. Whether there is an answer or not, the controller sets flags.from_ctrl.
func DNS(p *packet.Packet, names Resolver, shuffle func(n int, swap func(i, j int))) ([]byte, string) {
	q, ip := current(p)
	if !q.IsIP() || q.Proto() != packet.ProtoUDP || !q.HasL4() {
		return nil, "not a UDP datagram"
	}
	in := datagram(q)
	question, name, kind, why := readQuery(in)
	if why != "" {
		return nil, why
	}
	answer, owned, ok := names.Resolve(strings.ToLower(name))
	if !ok {
		return nil, "no record of " + name
	}
	encoded := question[:len(question)-4]
	records := answers(encoded, kind, answer, shuffle)
	refuse := owned && len(records) == 0 && (kind == typeA || kind == typeAAAA) && len(addressesIn(answer)) > 0
	if len(records) == 0 && !refuse {
		return nil, "no record of that type of " + name
	}
	b := append([]byte(nil), in[:dnsHeader]...)
	b[2] |= isResponse
	if refuse {
		b[3] |= refused
	}
	binary.BigEndian.PutUint16(b[6:], uint16(len(records)))
	binary.BigEndian.PutUint16(b[10:], 0)
	b = append(b, question...)
	for _, r := range records {
		b = append(b, r...)
	}
	frame := withPayload(q, ip, endsOf(q, false), b)
	if q.Is4() {
		frame = withoutSum(frame, b)
	}
	return frame, ""
}

// readQuery is the first question of a query: as it stands there, the name in it and the type of record it asks for.
func readQuery(b []byte) (question []byte, name string, kind uint16, why string) {
	switch {
	case len(b) < dnsHeader:
		return nil, "", 0, "the DNS query is cut off"
	case b[2]&isResponse != 0:
		return nil, "", 0, "not a DNS query but an answer"
	case binary.BigEndian.Uint16(b[4:]) == 0:
		return nil, "", 0, "no question in the DNS query"
	}
	b = b[dnsHeader:]
	var parts []string
	at := 0
	for at < len(b) && b[at] != 0 {
		end := at + 1 + int(b[at])
		if end > len(b) {
			return nil, "", 0, "the name in the DNS query is cut off"
		}
		parts = append(parts, string(b[at+1:end]))
		at = end
	}
	at++
	if at+4 > len(b) {
		return nil, "", 0, "the DNS query is cut off"
	}
	switch kind = binary.BigEndian.Uint16(b[at:]); kind {
	case typeA, typeAAAA, typePTR, typeANY:
		return b[:at+4], strings.Join(parts, "."), kind, ""
	}
	return nil, "", 0, "a DNS query of a type that OVN does not answer"
}

// answers is the resource records of the type that was asked for.
func answers(encoded []byte, kind uint16, answer string, shuffle func(n int, swap func(i, j int))) [][]byte {
	if kind == typePTR {
		return [][]byte{record(encoded, typePTR, labels(answer))}
	}
	var records [][]byte
	for _, family := range [...]uint16{typeA, typeAAAA} {
		if kind != family && kind != typeANY {
			continue
		}
		first := len(records)
		for _, a := range addressesIn(answer) {
			if a.Is4() == (family == typeA) {
				records = append(records, record(encoded, family, a.AsSlice()))
			}
		}
		if some := records[first:]; shuffle != nil {
			shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		}
	}
	return records
}

func record(encoded []byte, kind uint16, data []byte) []byte {
	b := append([]byte(nil), encoded...)
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, classIN)
	b = binary.BigEndian.AppendUint32(b, dnsTTL)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

// addressesIn is the addresses of a text up to what is none; the lengths of prefixes do not count.
func addressesIn(text string) (addrs []netip.Addr) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		host, _, _ := strings.Cut(word, "/")
		a, err := netip.ParseAddr(host)
		if err != nil || a.Zone() != "" {
			break
		}
		addrs = append(addrs, a)
	}
	return addrs
}
