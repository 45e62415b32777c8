package lab

import (
	"net/netip"
	"net/url"

	"gopkg.in/yaml.v3"
)

func (r *reader) scenario(key, n *yaml.Node) {
	s := &Scenario{Name: key.Value, Pos: r.at(key)}
	r.lab.Scenarios = append(r.lab.Scenarios, s)
	r.mapping(n, keys{
		"description": func(n *yaml.Node) { r.text(n) },
		"run":         func(n *yaml.Node) { s.Run, s.RunPos = r.text(n), r.at(n) },
		"expect":      func(n *yaml.Node) { r.list(n, func(n *yaml.Node) { r.expectation(s, n) }) },
	}, nil)
}

// url reads an http:// URL whose host is an address: labs have no name service.
func (r *reader) url(n *yaml.Node) string {
	if _, err := ParseURL(n.Value); err != nil {
		r.fail(n, "%v", err)
	}
	return n.Value
}

func (r *reader) ip(n *yaml.Node) string {
	if _, err := netip.ParseAddr(n.Value); err != nil {
		r.fail(n, "%q is not an IP address", n.Value)
	}
	return n.Value
}

// Target is where a URL leads.
type Target struct {
	Addr netip.AddrPort
	Host string // as the Host header has it
	Path string
}

// ParseURL reads an http URL whose host is an IP address.
func ParseURL(text string) (Target, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return Target{}, &urlError{text, "it must look like http://10.0.0.1:8000/"}
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return Target{}, &urlError{text, "its host must be an IP address"}
	}
	port := uint16(80)
	if p := u.Port(); p != "" {
		ap, err := netip.ParseAddrPort("0.0.0.0:" + p)
		if err != nil || ap.Port() == 0 {
			return Target{}, &urlError{text, "its port must be from 1 to 65535"}
		}
		port = ap.Port()
	}
	path := u.RequestURI()
	return Target{netip.AddrPortFrom(addr, port), u.Host, path}, nil
}

type urlError struct{ url, why string }

func (e *urlError) Error() string { return "bad URL \"" + e.url + "\": " + e.why }
