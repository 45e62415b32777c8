package shell

import (
	"fmt"
	"sort"
	"strings"
)

// command is one thing that can be typed.
type command struct {
	name, usage, does string
	kind              kind
	reads             bool // of kind world: it takes standard input
	ownHelp           bool // --help is the command's own business
	run               func(*call) error
}

// kind says what a command may do while others run.
type kind uint8

const (
	text    kind = iota // reads and writes; runs beside anything
	wrapper             // runs other commands
	world               // works on the network: one at a time
)

// commands is the table of all commands that are not the shell language's own. Filled in by init, since some commands
// run others.
var commands []command

func init() {
	commands = []command{
		{name: "ovn-nbctl", usage: "ovn-nbctl [OPTIONS] COMMAND [-- COMMAND…]", does: "change or show the northbound topology (ovn-nbctl --help lists the commands)", kind: world, ownHelp: true, run: nbctlCommand},
		{name: "ovn-sbctl", usage: "ovn-sbctl show | lflow-list [--uuid] [DATAPATH] | list TABLE [RECORD] | find TABLE COLUMN=VALUE | get TABLE RECORD COLUMN", does: "look at what became of it: flows, bindings, learned addresses", kind: world, run: sbctl},
		{name: "ovn-trace", usage: "ovn-trace [--detailed|--summary|--minimal|--all] [--ct FLAGS] [--lb-dst IP:PORT] [--stateful] [DATAPATH] MICROFLOW", does: "trace a packet through the logical flows", kind: world, run: traceCommand},
		{name: "ovs-vsctl", usage: "ovs-vsctl add-br BR | add-port BR PORT [-- set Interface PORT external_ids:iface-id=LSP] | del-port [BR] PORT | set open . external-ids:ovn-bridge-mappings=NET:BR | set open . external-ids:garp-max-timeout-sec=N | list-ports BR | show", does: "plug machines into the network", kind: world, run: vsctl},
		{name: "ovs-appctl", usage: "ovs-appctl dpctl/dump-conntrack [zone=N]", does: "show the connection table as Open vSwitch does", kind: world, run: appctl},
		{name: "acl-log", usage: "acl-log", does: "what access rules have logged, as ovn-controller.log has it", kind: world, run: aclLog},
		{name: "conntrack", usage: "conntrack -L [-p PROTO] [-s SRC] [-d DST]", does: "show the connection table as conntrack(8) does", kind: world, run: conntrackCommand},
		{name: "explain", usage: "explain [-v] URL", does: "ask for a URL and say where load balancing applied, or why not", kind: world, run: explainCommand},
		{name: "show", usage: "show", does: "the topology, and which machine is where", kind: world, run: show},

		{name: "chassis", usage: "chassis [NAME up|down]", does: "the chassis; switch one off or on", kind: world, run: chassis},
		{name: "machine", usage: "machine NAME [PORT [mac MAC] [address ADDRESS/LENGTH]… [dev DEVICE]] | machine del NAME", does: "put a machine on a logical port; what is not said follows from the port", kind: world, run: machineCommand},
		{name: "on", usage: "on MACHINE [COMMAND…]", does: "run a command on a machine, or go there", kind: wrapper, run: onCommand},
		{name: "ip", usage: "ip [-n MACHINE] addr|route|neigh|link|netns …; ip netns exec MACHINE COMMAND", does: "iproute2: addresses, routes, neighbours, links, machines", kind: wrapper, run: ip},
		{name: "curl", usage: "curl [-sSfiIvg46] [-m SECONDS] [--connect-timeout SECONDS] [-o FILE] [-w FORMAT] [--local-port PORT] [--interface ADDRESS] URL…", does: "ask for a page", kind: world, run: curl},
		{name: "ping", usage: "ping [-c COUNT] [-i SECONDS] [-W SECONDS] [-s SIZE] [-I ADDRESS] [-q] ADDRESS", does: "send echo requests; without -c four where nobody can press Ctrl-C", kind: world, run: ping},
		{name: "ping6", usage: "ping6 …", does: "ping", kind: world, run: ping},
		{name: "traceroute", usage: "traceroute [-n] [-m HOPS] [-q QUERIES] [-w SECONDS] [-f FIRST] [-p PORT] ADDRESS", does: "which routers lie on the way, by datagrams that die there", kind: world, run: traceroute},
		{name: "arping", usage: "arping [-c COUNT] [-I DEVICE] ADDRESS", does: "ask who has an address", kind: world, run: arping},
		{name: "dhclient", usage: "dhclient [-4|-6] [-v1] [-r] [DEVICE]", does: "ask for an address by DHCP, or give it back (-r, IPv4 only); leases are not renewed and do not run out", kind: world, run: dhclient},
		{name: "udhcpc", usage: "udhcpc [-nqf] [-i DEVICE] [-t TRIES]", does: "ask for an address by DHCP", kind: world, run: udhcpc},
		{name: "dig", usage: "dig [@SERVER] [+short] NAME [TYPE] | dig -x ADDRESS", does: "ask a DNS server; without @SERVER that of the machine's lease", kind: world, run: dig},
		{name: "nslookup", usage: "nslookup NAME|ADDRESS [SERVER]", does: "ask a DNS server for addresses, or for a name", kind: world, run: nslookup},
		{name: "rdisc6", usage: "rdisc6 [-q] [-r TRIES] DEVICE", does: "ask for IPv6 routers, print what they say, and take addresses and the default route from them", kind: world, run: rdisc6},
		{name: "nc", usage: "nc [-zvunk] [-w SECONDS] [-p PORT] ADDRESS PORT[-PORT] | nc -l [-p] PORT", does: "open a connection, send standard input, print the answer", kind: world, reads: true, run: netcat},
		{name: "tcpdump", usage: "tcpdump [-i PORT|MACHINE|any] [-nnevtqU] [-c COUNT] [-w FILE] [-r FILE] [FILTER]", does: "show frames; start it with & before the commands whose frames it is to show", kind: world, run: tcpdump},
		{name: "python3", usage: "python3 -m http.server [--directory DIR] [PORT]", does: "serve the working directory", kind: world, run: python},
		{name: "pkill", usage: "pkill [-f] PATTERN", does: "stop a machine's servers and captures", kind: world, run: pkill},
		{name: "kill", usage: "kill PID|%JOB…", does: "stop what was started with &", kind: world, run: kill},
		{name: "killall", usage: "killall NAME", does: "as pkill", kind: world, run: pkill},
		{name: "jobs", usage: "jobs", does: "what was started with &", kind: world, run: listJobs},
		{name: "wait", usage: "wait", does: "let time pass until captures have what they wait for", kind: world, run: waitJobs},
		{name: "fg", usage: "fg", does: "is not simulated", kind: text, run: foreground},
		{name: "bg", usage: "bg", does: "is not simulated", kind: text, run: foreground},
		{name: "pushd", usage: "pushd", does: "is not simulated", kind: text, run: absent},
		{name: "popd", usage: "popd", does: "is not simulated", kind: text, run: absent},
		{name: "dirs", usage: "dirs", does: "is not simulated", kind: text, run: absent},
		{name: "background", usage: "background COMMAND", does: "what & becomes", kind: wrapper, run: background},
		{name: "sleep", usage: "sleep SECONDS", does: "let virtual time pass", kind: world, run: sleep},
		{name: "date", usage: "date [+FORMAT]", does: "the virtual time", kind: world, run: date},
		{name: "timeout", usage: "timeout SECONDS COMMAND", does: "end a command after a time", kind: wrapper, run: timeout},
		{name: "hostname", usage: "hostname", does: "where the shell stands", kind: text, run: hostname},

		{name: "bash", usage: "bash [-c SCRIPT | FILE]", does: "run a script here", kind: wrapper, run: subshell},
		{name: "sh", usage: "sh [-c SCRIPT | FILE]", does: "run a script here", kind: wrapper, run: subshell},
		{name: "sudo", usage: "sudo COMMAND", does: "the command; everybody is root", kind: wrapper, run: again},
		{name: "nohup", usage: "nohup COMMAND", does: "the command", kind: wrapper, run: again},
		{name: "xargs", usage: "xargs [-n COUNT] [-I WORD] COMMAND", does: "run a command with the words of standard input", kind: wrapper, run: xargs},

		{name: "cat", usage: "cat [FILE…]", does: "print files", run: cat},
		{name: "tee", usage: "tee [-a] FILE…", does: "write standard input to files and on", run: tee},
		{name: "ls", usage: "ls [-1la] [DIRECTORY…]", does: "list files", run: ls},
		{name: "mkdir", usage: "mkdir [-p] DIRECTORY…", does: "make directories", run: mkdir},
		{name: "rm", usage: "rm [-rf] FILE…", does: "remove files", run: rm},
		{name: "cp", usage: "cp FILE… TO", does: "copy files", run: copyFiles},
		{name: "mv", usage: "mv FILE… TO", does: "move files", run: copyFiles},
		{name: "touch", usage: "touch FILE…", does: "make empty files", run: touch},
		{name: "grep", usage: "grep [-cvEFioqwnxrh] [-A N] [-B N] [-m N] PATTERN [FILE…]", does: "lines that match (regular expressions are RE2's)", run: grep},
		{name: "head", usage: "head [-n COUNT] [FILE…]", does: "the first lines", run: head},
		{name: "tail", usage: "tail [-n [+]COUNT] [FILE…]", does: "the last lines", run: tail},
		{name: "wc", usage: "wc [-lwc] [FILE…]", does: "count lines, words, bytes", run: wc},
		{name: "sort", usage: "sort [-nruV] [-k FIELD] [-t CHAR] [FILE…]", does: "sort lines", run: sortLines},
		{name: "uniq", usage: "uniq [-cdu] [FILE]", does: "equal lines that follow each other, once", run: uniq},
		{name: "tr", usage: "tr [-ds] SET1 [SET2]", does: "replace or delete characters", run: tr},
		{name: "cut", usage: "cut -d CHAR -f LIST | -c LIST [FILE…]", does: "parts of lines", run: cut},
		{name: "sed", usage: "sed [-nE] 's/RE/TEXT/[gip]' | '/RE/d' | 'N,Mp' … [FILE…]", does: "s, d, p, q on lines; no more than that", run: sed},
		{name: "awk", usage: "awk [-F CHAR] '[/RE/|NR==N|END] {print …}' [FILE…]", does: "print fields; no more than that", run: awk},
		{name: "seq", usage: "seq [FIRST [STEP]] LAST", does: "count", run: seq},
		{name: "which", usage: "which COMMAND…", does: "whether a command is there", run: which},
		{name: "type", usage: "type COMMAND…", does: "what a command is", run: which},
		{name: "help", usage: "help [COMMAND]", does: "the commands", run: help},
	}
}

// Commands lists the names of all commands, sorted.
func Commands() []string {
	var out []string
	for i := range commands {
		if commands[i].name != "background" {
			out = append(out, commands[i].name)
		}
	}
	sort.Strings(out)
	return out
}

func help(c *call) error {
	if len(c.args) > 1 {
		cmd := find(c.args[1])
		if cmd == nil {
			return c.fail(1, "help: no help topics match '%s'%s", c.args[1], didYouMean(c.args[1]))
		}
		c.print("usage: %s\n%s\n", cmd.usage, cmd.does)
		return nil
	}
	c.print("Commands of the simulator (help COMMAND says more); the language is bash's:\n")
	for i := range commands {
		if commands[i].name != "background" && commands[i].does != "is not simulated" {
			c.print("  %-10s %s\n", commands[i].name, commands[i].does)
		}
	}
	return nil
}

func hostname(c *call) error {
	c.print("%s\n", c.at.host())
	return nil
}

func which(c *call) error {
	var failed error
	for _, name := range c.args[1:] {
		if strings.HasPrefix(name, "-") {
			continue
		}
		if find(name) == nil {
			failed = &ExitError{1}
			if c.args[0] == "type" {
				fmt.Fprintf(c.stderr, "type: %s: not found\n", name)
			}
			continue
		}
		if c.args[0] == "type" {
			c.print("%s is the simulator's\n", name)
		} else {
			c.print("/ovnsim/bin/%s\n", name)
		}
	}
	return failed
}
