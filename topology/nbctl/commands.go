package nbctl

import (
	"slices"
	"strings"
)

// command is one word of the language. Options are written "--flag", "--value=" or "--either?"; max is -1 for any number of arguments.
type command struct {
	name     string
	min, max int
	options  string
	usage    string // of the arguments
	do       func(*session, *call) error
}

// optionTable is the command's options and whether they take an argument.
func (c *command) optionTable() map[string]argument {
	table := make(map[string]argument)
	for word := range strings.FieldsSeq(c.options) {
		switch name := word[:len(word)-1]; word[len(word)-1] {
		case '=':
			table[name] = required
		case '?':
			table[name] = optional
		default:
			table[word] = none
		}
	}
	return table
}

// commands is the whole language, in the order of ovn-nbctl(8).
var commands []*command

func init() {
	commands = slices.Concat(generalCommands, switchCommands, routerCommands, balancerCommands, serviceCommands, databaseCommands)
}

var generalCommands = []*command{
	{"init", 0, 0, "", "", initialize},
	{"show", 0, 1, "", "[SWITCH | ROUTER]", show},
	{"sync", 0, 0, "", "", nothing},
	{"get-connection", 0, 0, "", "", getConnection},
	{"del-connection", 0, 0, "", "", delConnection},
	{"set-connection", 1, -1, "--inactivity-probe=", "TARGET...", setConnection},
	{"get-ssl", 0, 0, "", "", getSSL},
	{"del-ssl", 0, 0, "", "", delSSL},
	{"set-ssl", 3, 6, "--bootstrap", "PRIVATE-KEY CERTIFICATE CA-CERT [SSL-PROTOS [SSL-CIPHERS [SSL-CIPHERSUITES]]]", setSSL},
}

var switchCommands = []*command{
	{"ls-add", 0, 1, "--may-exist --add-duplicate", "[SWITCH]", lsAdd},
	{"ls-del", 1, 1, "--if-exists", "SWITCH", lsDel},
	{"ls-list", 0, 0, "", "", lsList},
	{"acl-add", 5, 7, "--log --may-exist --type= --name= --severity= --meter= --label= --apply-after-lb --tier= --sample-new= --sample-est=",
		"{SWITCH | PORTGROUP} DIRECTION PRIORITY MATCH ACTION [NETWORK-FUNCTION-GROUP]", aclAdd},
	{"acl-del", 1, 4, "--type= --tier=", "{SWITCH | PORTGROUP} [DIRECTION [PRIORITY MATCH]]", aclDel},
	{"acl-list", 1, 2, "--all --type=", "{SWITCH | PORTGROUP}", aclList},
	{"nf-add", 4, 4, "--may-exist", "NETWORK-FUNCTION ID PORT-IN PORT-OUT", nfAdd},
	{"nf-del", 1, 1, "--if-exists", "NETWORK-FUNCTION", nfDel},
	{"nf-list", 0, 0, "", "", nfList},
	{"nfg-add", 3, -1, "--may-exist", "NETWORK-FUNCTION-GROUP ID MODE [NETWORK-FUNCTION]...", nfgAdd},
	{"nfg-del", 1, 1, "--if-exists", "NETWORK-FUNCTION-GROUP", nfgDel},
	{"nfg-list", 0, 1, "", "[NETWORK-FUNCTION-GROUP]", nfgList},
	{"nfg-add-nf", 2, 2, "--may-exist", "NETWORK-FUNCTION-GROUP NETWORK-FUNCTION", nfgAddNf},
	{"nfg-del-nf", 2, 2, "--if-exists", "NETWORK-FUNCTION-GROUP NETWORK-FUNCTION", nfgDelNf},
	{"qos-add", 5, 7, "--may-exist", "SWITCH DIRECTION PRIORITY MATCH [rate=RATE [burst=BURST]] [dscp=DSCP] [mark=MARK]", qosAdd},
	{"qos-del", 1, 4, "", "SWITCH [{DIRECTION | UUID} [PRIORITY MATCH]]", qosDel},
	{"qos-list", 1, 1, "", "SWITCH", qosList},
	{"meter-add", 4, 5, "--fair --may-exist", "NAME ACTION RATE UNIT [BURST]", meterAdd},
	{"meter-del", 0, 1, "", "[NAME]", meterDel},
	{"meter-list", 0, 0, "", "", meterList},
	{"lsp-add", 2, 4, "--may-exist", "SWITCH PORT [PARENT TAG]", lspAdd},
	{"lsp-add-router-port", 3, 3, "--may-exist", "SWITCH PORT ROUTER-PORT", lspAddTyped("router", "router", "router-port")},
	{"lsp-add-localnet-port", 3, 3, "--may-exist", "SWITCH PORT NETWORK", lspAddTyped("localnet", "unknown", "network_name")},
	{"lsp-del", 1, 1, "--if-exists", "PORT", lspDel},
	{"lsp-list", 1, 1, "", "SWITCH", lspList},
	{"lsp-get-parent", 1, 1, "", "PORT", lspGet(lspGetParent)},
	{"lsp-get-tag", 1, 1, "", "PORT", lspGet(lspGetTag)},
	{"lsp-set-addresses", 1, -1, "", "PORT [ADDRESS]...", lspSet(lspSetAddresses)},
	{"lsp-get-addresses", 1, 1, "", "PORT", lspGet(lspGetAddresses)},
	{"lsp-set-port-security", 1, -1, "", "PORT [ADDRS]...", lspSet(lspSetPortSecurity)},
	{"lsp-get-port-security", 1, 1, "", "PORT", lspGet(lspGetPortSecurity)},
	{"lsp-get-up", 1, 1, "", "PORT", lspGet(lspGetUp)},
	{"lsp-set-enabled", 2, 2, "", "PORT STATE", lspSet(lspSetEnabled)},
	{"lsp-get-enabled", 1, 1, "", "PORT", lspGet(lspGetEnabled)},
	{"lsp-set-type", 2, 3, "", "PORT TYPE [peer=PEER]", lspSet(lspSetType)},
	{"lsp-get-type", 1, 1, "", "PORT", lspGet(lspGetType)},
	{"lsp-set-options", 1, -1, "", "PORT [KEY=VALUE]...", lspSet(lspSetOptions)},
	{"lsp-get-options", 1, 1, "", "PORT", lspGet(lspGetOptions)},
	{"lsp-set-dhcpv4-options", 1, 2, "", "PORT [DHCP_OPTIONS_UUID]", lspSet(lspSetDHCP(dhcpv4, false))},
	{"lsp-get-dhcpv4-options", 1, 1, "", "PORT", lspGet(lspGetDHCP(dhcpv4))},
	{"lsp-set-dhcpv6-options", 1, 2, "", "PORT [DHCP_OPTIONS_UUID]", lspSet(lspSetDHCP(dhcpv6, true))},
	{"lsp-get-dhcpv6-options", 1, 1, "", "PORT", lspGet(lspGetDHCP(dhcpv6))},
	{"lsp-get-ls", 1, 1, "", "PORT", lspGet(lspGetLs)},
	{"lsp-attach-mirror", 2, 2, "--may-exist", "PORT MIRROR", lspAttachMirror},
	{"lsp-detach-mirror", 2, 2, "", "PORT MIRROR", lspDetachMirror},
	{"lsp-hc-add", 4, 5, "", "PORT PROTOCOL SOURCE_IP [DST_PORT] ADDRESS", lspHcAdd},
	{"lsp-hc-del", 1, -1, "", "PORT [HC_UUID]", lspHcDel},
	{"lsp-hc-list", 1, 1, "", "PORT", lspHcList},
	{"fwd-group-add", 4, -1, "--liveness", "GROUP SWITCH VIP VMAC PORT...", fwdGroupAdd},
	{"fwd-group-del", 1, 1, "--if-exists", "GROUP", fwdGroupDel},
	{"fwd-group-list", 0, 1, "", "[SWITCH]", fwdGroupList},
}

var routerCommands = []*command{
	{"lr-add", 0, 1, "--may-exist --add-duplicate", "[ROUTER]", lrAdd},
	{"lr-del", 1, 1, "--if-exists", "ROUTER", lrDel},
	{"lr-list", 0, 0, "", "", lrList},
	{"lrp-add", 3, -1, "--may-exist", "ROUTER PORT MAC [NETWORK]... [COLUMN[:KEY]=VALUE]...", lrpAdd},
	{"lrp-del", 1, 1, "--if-exists", "PORT", lrpDel},
	{"lrp-list", 1, 1, "", "ROUTER", lrpList},
	{"lrp-set-enabled", 2, 2, "", "PORT STATE", lrpDo(lrpSetEnabled)},
	{"lrp-get-enabled", 1, 1, "", "PORT", lrpDo(lrpGetEnabled)},
	{"lrp-set-options", 1, -1, "", "PORT KEY=VALUE [KEY=VALUE]...", lrpDo(lrpSetOptions)},
	{"lrp-set-redirect-type", 2, 2, "", "PORT TYPE", lrpDo(lrpSetRedirectType)},
	{"lrp-get-redirect-type", 1, 1, "", "PORT", lrpDo(lrpGetRedirectType)},
	{"lrp-set-gateway-chassis", 2, 3, "--may-exist", "PORT CHASSIS [PRIORITY]", lrpDo(lrpSetGatewayChassis)},
	{"lrp-del-gateway-chassis", 2, 2, "", "PORT CHASSIS", lrpDo(lrpDelGatewayChassis)},
	{"lrp-get-gateway-chassis", 1, 1, "", "PORT", lrpDo(lrpGetGatewayChassis)},
	{"lr-route-add", 3, 4, "--may-exist --ecmp --ecmp-symmetric-reply --policy= --route-table= --bfd?", "ROUTER PREFIX NEXTHOP [PORT]", lrRouteAdd},
	{"lr-route-del", 1, 4, "--if-exists --policy= --route-table=", "ROUTER [PREFIX [NEXTHOP [PORT]]]", lrRouteDel},
	{"lr-route-list", 1, 1, "--route-table=", "ROUTER", lrRouteList},
	{"lr-policy-add", 4, -1, "--may-exist --bfd? --chain= --output-port=", "ROUTER PRIORITY MATCH ACTION [NEXTHOP,[NEXTHOP,...]] [KEY=VALUE]...", lrPolicyAdd},
	{"lr-policy-del", 1, 3, "--if-exists --chain=", "ROUTER [{PRIORITY | UUID} [MATCH]]", lrPolicyDel},
	{"lr-policy-list", 1, 1, "", "ROUTER", lrPolicyList},
	{"lr-nat-add", 4, 7, "--may-exist --stateless --portrange --add-route --gateway-port= --priority= --match=",
		"ROUTER TYPE EXTERNAL_IP LOGICAL_IP [LOGICAL_PORT EXTERNAL_MAC] [EXTERNAL_PORT_RANGE]", lrNatAdd},
	{"lr-nat-del", 1, 4, "--if-exists --match=", "ROUTER [TYPE [IP] [GATEWAY_PORT]]", lrNatDel},
	{"lr-nat-list", 1, 1, "", "ROUTER", lrNatList},
	{"lr-nat-update-ext-ip", 4, 4, "--is-exempted", "ROUTER TYPE IP ADDRESS_SET", lrNatUpdateExtIP},
}

var balancerCommands = []*command{
	{"lb-add", 3, 5, "--may-exist --add-duplicate --reject --event --add-route --template", "LB VIP[:PORT] IP[:PORT]... [PROTOCOL] [ADDRESS_FAMILY]", lbAdd},
	{"lb-del", 1, 2, "--if-exists", "LB [VIP]", lbDel},
	{"lb-list", 0, 1, "", "[LB]", lbList},
	{"ls-lb-add", 2, 2, "--may-exist", "SWITCH LB", onSwitch.add},
	{"ls-lb-del", 1, 2, "--if-exists", "SWITCH [LB]", onSwitch.del},
	{"ls-lb-list", 1, 1, "", "SWITCH", onSwitch.list},
	{"lr-lb-add", 2, 2, "--may-exist", "ROUTER LB", onRouter.add},
	{"lr-lb-del", 1, 2, "--if-exists", "ROUTER [LB]", onRouter.del},
	{"lr-lb-list", 1, 1, "", "ROUTER", onRouter.list},
}

var serviceCommands = []*command{
	{"dhcp-options-create", 1, -1, "", "CIDR [EXTERNAL_IDS]", dhcpOptionsCreate},
	{"dhcp-options-del", 1, 1, "", "DHCP_OPTIONS_UUID", dhcpOptionsDel},
	{"dhcp-options-list", 0, 0, "", "", dhcpOptionsList},
	{"dhcp-options-set-options", 1, -1, "", "DHCP_OPTIONS_UUID KEY=VALUE [KEY=VALUE]...", dhcpOptionsSetOptions},
	{"dhcp-options-get-options", 1, 1, "", "DHCP_OPTIONS_UUID", dhcpOptionsGetOptions},
	{"pg-add", 1, -1, "", "PG [PORTS]", pgAdd},
	{"pg-set-ports", 2, -1, "", "PG PORTS", pgSetPorts},
	{"pg-get-ports", 1, 1, "", "PG", pgGetPorts},
	{"pg-del", 1, 1, "", "PG", pgDel},
	{"ha-chassis-group-add", 1, 1, "", "GROUP", haAdd},
	{"ha-chassis-group-del", 1, 1, "", "GROUP", haDel},
	{"ha-chassis-group-list", 0, 1, "", "[GROUP]", haList},
	{"ha-chassis-group-add-chassis", 3, 3, "", "GROUP CHASSIS PRIORITY", haAddChassis},
	{"ha-chassis-group-set-chassis-prio", 3, 3, "", "GROUP CHASSIS PRIORITY", haSetPriority},
	{"ha-chassis-group-remove-chassis", 2, 2, "", "GROUP CHASSIS", haRemoveChassis},
	{"copp-add", 3, 3, "", "NAME PROTO METER", coppAdd},
	{"copp-del", 1, 2, "", "NAME [PROTO]", coppDel},
	{"copp-list", 1, 1, "", "NAME", coppList},
	{"ls-copp-add", 2, 2, "", "NAME SWITCH", lsCoppAdd},
	{"lr-copp-add", 2, 2, "", "NAME ROUTER", lrCoppAdd},
	{"mirror-add", 4, 5, "--may-exist", "NAME TYPE [INDEX] FILTER {IP | MIRROR-ID | TARGET-PORT}", mirrorAdd},
	{"mirror-del", 0, 1, "", "[NAME]", mirrorDel},
	{"mirror-list", 0, 0, "", "", mirrorList},
	{"mirror-rule-add", 4, 4, "", "MIRROR PRIORITY MATCH ACTION", mirrorRuleAdd},
	{"mirror-rule-del", 1, 3, "", "MIRROR [PRIORITY [MATCH]]", mirrorRuleDel},
	{"static-mac-binding-add", 3, 3, "--may-exist", "LOGICAL_PORT IP MAC", macBindingAdd},
	{"static-mac-binding-del", 2, 2, "--if-exists", "LOGICAL_PORT IP", macBindingDel},
	{"static-mac-binding-list", 0, 0, "", "", macBindingList},
}

var databaseCommands = []*command{
	{"list", 1, -1, "--if-exists --columns=", "TABLE [RECORD]...", list},
	{"find", 1, -1, "--columns=", "TABLE [COLUMN[:KEY]=VALUE]...", find},
	{"get", 2, -1, "--if-exists --id=", "TABLE RECORD [COLUMN[:KEY]]...", get},
	{"set", 3, -1, "--if-exists", "TABLE RECORD COLUMN[:KEY]=VALUE...", set},
	{"add", 4, -1, "--if-exists", "TABLE RECORD COLUMN [KEY=]VALUE...", add},
	{"remove", 4, -1, "--if-exists", "TABLE RECORD COLUMN KEY|VALUE|KEY=VALUE...", remove},
	{"clear", 3, -1, "--if-exists", "TABLE RECORD COLUMN...", clearColumns},
	{"create", 2, -1, "--id=", "TABLE COLUMN[:KEY]=VALUE...", create},
	{"destroy", 1, -1, "--if-exists --all", "TABLE [RECORD]...", destroy},
	{"wait-until", 2, -1, "", "TABLE RECORD [COLUMN[:KEY]=VALUE]...", waitUntil},
	{"comment", 0, -1, "", "[ARG]...", nothing},
}

// Commands is the name of every command with its options and arguments, for help and completion.
func Commands() map[string]string {
	out := make(map[string]string)
	for _, c := range commands {
		out[c.name] = strings.TrimSpace(bracketed(c.options) + " " + c.name + " " + c.usage)
	}
	return out
}

func bracketed(options string) string {
	var parts []string
	for word := range strings.FieldsSeq(options) {
		parts = append(parts, "["+word+"]")
	}
	return strings.Join(parts, " ")
}

// help is what --help prints: every command with its options and arguments.
func help() string {
	var b strings.Builder
	b.WriteString("ovn-nbctl: OVN northbound DB management utility\nusage: ovn-nbctl [OPTIONS] COMMAND [ARG...]\n\n")
	for _, c := range commands {
		b.WriteString("  " + strings.TrimSpace(c.name+" "+c.usage))
		if c.options != "" {
			b.WriteString("\n      " + bracketed(c.options))
		}
		b.WriteString("\n")
	}
	b.WriteString("\nOptions:\n" + listOptions())
	return b.String()
}

func listCommands() string {
	var b strings.Builder
	for _, c := range commands {
		b.WriteString(bracketed(c.options) + "," + c.name + "," + c.usage + "\n")
	}
	return b.String()
}

func listOptions() string {
	var b strings.Builder
	for _, o := range globalOptions {
		argument := map[argument]string{required: "=ARG", optional: "=ARG"}[o.argument]
		b.WriteString(o.name + argument + "\n")
		if o.short != "" {
			b.WriteString(o.short + strings.Replace(argument, "=", " ", 1) + "\n")
		}
	}
	return b.String()
}
