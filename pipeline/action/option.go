package action

import "ovnsim/pipeline/expr"

// OptionType is how the value of an option is written and encoded, by the names that DHCP_Options.type has for it.
type OptionType string

// The types of option.
const (
	TypeBool         OptionType = "bool" // 0 or 1
	TypeUint8        OptionType = "uint8"
	TypeUint16       OptionType = "uint16"
	TypeUint32       OptionType = "uint32"
	TypeIPv4         OptionType = "ipv4"
	TypeIPv6         OptionType = "ipv6"
	TypeMAC          OptionType = "mac"
	TypeStr          OptionType = "str"
	TypeHostID       OptionType = "host_id"       // an IPv4 address or a name
	TypeDomains      OptionType = "domains"       // comma-separated names, compressed (RFC 3397)
	TypeDomain       OptionType = "domain"        // one name
	TypeStaticRoutes OptionType = "static_routes" // prefix, next hop, prefix, next hop … (RFC 3442)
)

// OptionInfo is a row of a table of options.
type OptionInfo struct {
	Name string
	Code uint8 // in the packet
	Type OptionType
}

// DHCPv4Options is what ovn-northd writes to the table DHCP_Options, by code. Codes 0 and from 253 on are no options but tell
// the controller something.
var DHCPv4Options = []OptionInfo{
	{"offerip", 0, TypeIPv4},
	{"netmask", 1, TypeIPv4},
	{"router", 3, TypeIPv4},
	{"dns_server", 6, TypeIPv4},
	{"log_server", 7, TypeIPv4},
	{"lpr_server", 9, TypeIPv4},
	{"hostname", 12, TypeStr},
	{"domain_name", 15, TypeStr},
	{"swap_server", 16, TypeIPv4},
	{"ip_forward_enable", 19, TypeBool},
	{"policy_filter", 21, TypeIPv4},
	{"default_ttl", 23, TypeUint8},
	{"mtu", 26, TypeUint16},
	{"broadcast_address", 28, TypeIPv4},
	{"router_discovery", 31, TypeBool},
	{"router_solicitation", 32, TypeIPv4},
	{"arp_cache_timeout", 35, TypeUint32},
	{"ethernet_encap", 36, TypeBool},
	{"tcp_ttl", 37, TypeUint8},
	{"tcp_keepalive_interval", 38, TypeUint32},
	{"nis_server", 41, TypeIPv4},
	{"ntp_server", 42, TypeIPv4},
	{"netbios_name_server", 44, TypeIPv4},
	{"netbios_node_type", 46, TypeUint8},
	{"lease_time", 51, TypeUint32},
	{"server_id", 54, TypeIPv4},
	{"T1", 58, TypeUint32},
	{"T2", 59, TypeUint32},
	{"tftp_server", 66, TypeHostID},
	{"bootfile_name", 67, TypeStr},
	{"domain_search_list", 119, TypeDomains},
	{"classless_static_route", 121, TypeStaticRoutes},
	{"tftp_server_address", 150, TypeIPv4},
	{"path_prefix", 210, TypeStr},
	{"ms_classless_static_route", 249, TypeStaticRoutes},
	{"wpad", 252, TypeStr},
	{"next_server", 253, TypeIPv4},
	{"bootfile_name_alt", 254, TypeStr},
}

// DHCPv6Options is what ovn-northd writes to the table DHCPv6_Options, by code.
var DHCPv6Options = []OptionInfo{
	{"server_id", 2, TypeMAC},
	{"ia_addr", 5, TypeIPv6},
	{"dns_server", 23, TypeIPv6},
	{"domain_search", 24, TypeStr},
	{"fqdn", 39, TypeDomain},
	{"bootfile_name", 59, TypeStr},
	{"bootfile_name_alt", 254, TypeStr},
}

// NDRAOptions is what PutNDRAOpts knows; codes are those of the options in the packet, 0 where it goes into the header.
var NDRAOptions = []OptionInfo{
	{"addr_mode", 0, TypeStr},
	{"router_preference", 0, TypeStr},
	{"slla", 1, TypeMAC},
	{"prefix", 3, TypeIPv6},
	{"mtu", 5, TypeUint32},
	{"route_info", 24, TypeStr},
	{"rdnss", 25, TypeIPv6},
	{"dnssl", 31, TypeStr},
}

// eventOptions is what TriggerEvent knows of "empty_lb_backends".
var eventOptions = []OptionInfo{
	{"vip", 1, TypeStr},
	{"protocol", 2, TypeStr},
	{"load_balancer", 3, TypeStr},
}

// LookupOption finds a row by name.
func LookupOption(table []OptionInfo, name string) (OptionInfo, bool) {
	for _, o := range table {
		if o.Name == name {
			return o, true
		}
	}
	return OptionInfo{}, false
}

// options reads "name = value, …" up to the closing parenthesis, whose names are in a table. what is the table's name in
// messages. Commas may be left out.
func (p *parser) options(table []OptionInfo, what string) (opts []Option) {
	for p.Err == nil && !p.Match(expr.RParen) {
		if p.Tok.Type != expr.Ident {
			p.SyntaxError("")
			return nil
		}
		info, ok := LookupOption(table, p.Tok.Text)
		if !ok {
			p.SyntaxError("expecting " + what + " option name")
			return nil
		}
		p.Next()
		p.Force(expr.Assign)
		o := Option{info.Name, p.constants()}
		if p.Err == nil {
			p.checkKind(o, info.Type, what)
		}
		opts = append(opts, o)
		p.Match(expr.Comma)
	}
	return opts
}

// checkKind checks that an option that takes strings has strings, any other numbers.
func (p *parser) checkKind(o Option, t OptionType, what string) {
	isString := o.Value.Items[0].Kind == expr.String
	switch {
	case t == TypeHostID:
	case (t == TypeStr || t == TypeDomains || t == TypeDomain) != isString:
		kind := "numeric"
		if !isString {
			kind = "string"
		}
		p.Errorf("%s option %s requires %s value.", what, o.Name, kind)
	}
}

// one is the single value of an option that has just one.
func (o Option) one() (expr.Constant, bool) {
	if len(o.Value.Items) != 1 {
		return expr.Constant{}, false
	}
	return o.Value.Items[0], true
}
