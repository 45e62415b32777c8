package lb

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// VIP is a virtual IP address and the backends it stands for: one pair of Load_Balancer.vips.
type VIP struct {
	Endpoint
	Backends []Endpoint
}

// Endpoint is an address with a port. Port 0 means all of the address, whatever the protocol.
type Endpoint struct {
	Addr netip.Addr
	Port uint16
}

// String prints the endpoint as OVN writes it: "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1" or "fd00::1".
func (e Endpoint) String() string {
	if e.Port == 0 {
		return e.Addr.String()
	}
	return netip.AddrPortFrom(e.Addr, e.Port).String()
}

// Template is an endpoint of a balancer with options:template: either half may be a variable, "^name", that each chassis
// fills in from Chassis_Template_Var. Port is "" for none.
type Template struct{ Host, Port string }

// String prints the template as OVN writes it.
func (t Template) String() string {
	if t.Port == "" {
		return t.Host
	}
	return t.Host + ":" + t.Port
}

// Errors that callers tell apart: OVN leaves such a VIP or backend out and logs it.
var (
	ErrMixedFamilies = errors.New("VIP and backend are of different address families")
	ErrNoPort        = errors.New("a port on one side only")
)

// ParseEndpoint reads "ip", "ip:port", "v6", "[v6]" or "[v6]:port". Blanks around it are ignored. Port 0 is
// no port, as for OVN.
func ParseEndpoint(text string) (Endpoint, error) {
	host, port, err := split(text)
	if err != nil {
		return Endpoint{}, err
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return Endpoint{}, fmt.Errorf("%q: %q is no IP address", text, host)
	}
	e := Endpoint{Addr: addr}
	if port != "" {
		e.Port, err = parsePort(port)
	}
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q: %w", text, err)
	}
	return e, nil
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("port %q: not a number up to 65535", text)
	}
	return uint16(n), nil
}

// split parts host and port. Without brackets more than one colon makes it all one IPv6 address.
func split(text string) (host, port string, err error) {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "["); ok {
		host, tail, closed := strings.Cut(rest, "]")
		port, colon := strings.CutPrefix(tail, ":")
		switch {
		case !closed:
			return "", "", fmt.Errorf("%q: the bracket is not closed", text)
		case tail != "" && (!colon || port == ""):
			return "", "", fmt.Errorf("%q: after the bracket only :PORT can follow", text)
		case !strings.Contains(host, ":") && !strings.HasPrefix(host, "^"):
			return "", "", fmt.Errorf("%q: brackets are for IPv6 addresses", text)
		}
		return host, port, nil
	}
	if strings.Count(text, ":") > 1 {
		return text, "", nil
	}
	host, port, colon := strings.Cut(text, ":")
	if host == "" || colon && port == "" {
		return "", "", fmt.Errorf("%q: not an address, with :PORT or without", text)
	}
	return host, port, nil
}

// ParseBackends reads a comma-separated list of endpoints. The empty list is one without backends.
func ParseBackends(text string) ([]Endpoint, error) {
	var list []Endpoint
	for _, item := range items(text) {
		e, err := ParseEndpoint(item)
		if err != nil {
			return nil, fmt.Errorf("backend %w", err)
		}
		list = append(list, e)
	}
	return list, nil
}

// items cuts a list at its commas, without empty entries.
func items(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, " ", ""), func(r rune) bool { return r == ',' })
}

// ParseVIP reads one pair of Load_Balancer.vips and demands that it makes sense as a whole: one address family
// ([ErrMixedFamilies]) and ports on both sides or on neither ([ErrNoPort]).
func ParseVIP(key, backends string) (VIP, error) {
	v, problems := ReadVIP(key, backends)
	if len(problems) > 0 {
		return VIP{}, problems[0]
	}
	return v, nil
}

// ReadVIP reads as northd does: it keeps what can be used and says what it left out. Only a key that cannot be read makes
// the whole VIP useless; its Addr is then invalid.
func ReadVIP(key, backends string) (v VIP, problems []error) {
	e, err := ParseEndpoint(key)
	if err != nil {
		return VIP{}, []error{fmt.Errorf("VIP %w", err)}
	}
	v.Endpoint = e
	for _, item := range items(backends) {
		b, err := ParseEndpoint(item)
		switch {
		case err != nil:
			err = fmt.Errorf("VIP %s: backend %w", v.Endpoint, err)
		case b.Addr.Is4() != v.Addr.Is4():
			err = fmt.Errorf("VIP %s: backend %s: %w", v.Endpoint, b, ErrMixedFamilies)
		case (b.Port == 0) != (v.Port == 0):
			err = fmt.Errorf("VIP %s: backend %s: %w", v.Endpoint, b, ErrNoPort)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		v.Backends = append(v.Backends, b)
	}
	return v, problems
}

// ParseTemplate reads an endpoint whose halves may be variables: "^vip", "^vip:^port", "10.0.0.1:^port". As northd does it cuts
// at colons, several at once as at one, and looks no further into the one or two parts: what a variable will hold it cannot
// know. An IPv6 address is thus torn: its variable is what a template has.
func ParseTemplate(text string) (Template, error) {
	switch parts := strings.FieldsFunc(text, func(r rune) bool { return r == ':' }); len(parts) {
	case 1:
		return Template{Host: parts[0]}, nil
	case 2:
		return Template{Host: parts[0], Port: parts[1]}, nil
	default:
		return Template{}, fmt.Errorf("%q: not one or two parts with a colon between them", text)
	}
}

// Expand fills in a chassis' variables. What is no variable stays; an unknown variable is an error.
func (t Template) Expand(variables map[string]string) (string, error) {
	out := t
	for _, half := range []*string{&out.Host, &out.Port} {
		name, ok := strings.CutPrefix(*half, "^")
		if !ok {
			continue
		}
		value, ok := variables[name]
		if !ok {
			return "", fmt.Errorf("%s: no template variable %q on this chassis", t, name)
		}
		*half = value
	}
	if strings.Contains(out.Host, ":") && out.Port != "" {
		return "[" + out.Host + "]:" + out.Port, nil
	}
	return out.String(), nil
}

// String prints the VIP as "10.0.0.10:80=10.0.1.1:80,10.0.1.2:80".
func (v VIP) String() string {
	names := make([]string, len(v.Backends))
	for i, b := range v.Backends {
		names[i] = b.String()
	}
	return v.Endpoint.String() + "=" + strings.Join(names, ",")
}
