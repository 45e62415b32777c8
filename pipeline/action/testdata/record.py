#!/usr/bin/env python3
"""Records anew what a real ovn-trace makes of the actions in ovn-trace.txt: OVN=/path/to/ovn record.py [NEW_ACTIONS]

OVN is a program that runs a real OVN: "ovn nb OUT.db COMMAND...", "ovn northd NB.db SB.db", "ovn run PROGRAM ARG...". Lines of
NEW_ACTIONS are added at the end. Each row is one logical flow with match 1 in a switch; packets of several kinds are tried until
one meets what the actions imply of the match.
"""
import datetime, json, os, re, shutil, subprocess, sys, tempfile
OVN = os.environ["OVN"]; HERE = os.path.dirname(os.path.abspath(__file__)); D = tempfile.mkdtemp(); SOCK = f"unix:{D}/sb.sock"
env = dict(os.environ, OVN_RUN=D)
def ovn(*a): return subprocess.run([OVN, *a], env=env, capture_output=True, text=True)
IP4 = "ip4.src==10.0.0.1 && ip4.dst==10.0.0.2 && ip.ttl==64 && "; IP6 = "ip6.src==fd00::1 && ip6.dst==fd00::2 && ip.ttl==64 && "
ND = "ip6.src==fd00::1 && ip6.dst==fd00::2 && ip.ttl==255 && "
KINDS = [IP4 + "tcp.src==1 && tcp.dst==2", IP6 + "tcp.src==1 && tcp.dst==2", IP4 + "udp.src==1 && udp.dst==2", IP4 + "icmp4.type==8 && icmp4.code==0",
    IP4 + "sctp.src==1 && sctp.dst==2", IP6 + "icmp6.type==128 && icmp6.code==0",
    ND + "icmp6.type==135 && icmp6.code==0 && nd.target==fd00::3 && nd.sll==00:00:00:00:00:01",
    ND + "icmp6.type==136 && icmp6.code==0 && nd.target==fd00::3 && nd.tll==00:00:00:00:00:01",
    "arp.op==1 && arp.sha==00:00:00:00:00:01 && arp.spa==10.0.0.1 && arp.tpa==10.0.0.2", "vlan.present && vlan.vid==5 && " + IP4 + "tcp.src==1 && tcp.dst==2"]

def row(datapath, actions):
    flow = {"logical_datapath": ["uuid", datapath], "pipeline": "ingress", "table_id": 0, "priority": 100, "match": "1", "actions": actions,
            "external_ids": ["map", [["stage-name", "st"]]]}
    ops = ["OVN_Southbound", {"op": "delete", "table": "Logical_Flow", "where": []}, {"op": "insert", "table": "Logical_Flow", "row": flow}]
    ovn("run", "ovsdb-client", "transact", SOCK, json.dumps(ops))
    for kind in KINDS:
        r = ovn("run", "ovn-trace", f"--db={SOCK}", "-vconsole:warn", "-vsyslog:off", "--detailed", "sw",
                'inport=="p1" && eth.src==00:00:00:00:00:01 && eth.dst==00:00:00:00:00:02 && ' + kind)
        if r.returncode and not r.stdout: return None  # ovn-trace crashed
        error = re.search(r"parsing actions failed \((.*)\)", r.stderr)
        if error: return "! " + error[1]
        lines = r.stdout.split("\n")
        at = next((i for i, l in enumerate(lines) if re.match(r" *0\. .*priority 100", l)), None)
        if at is not None and lines[at + 1].startswith("    ") and lines[at + 1].endswith(";"): return "= " + lines[at + 1].strip()
    return None

with open(HERE + "/ovn-trace.txt") as f: inputs = [l.rstrip("\n") for l in f if not l.startswith(("#", "\t"))]
for name in sys.argv[1:]:
    with open(name) as f: inputs += [l for l in f.read().split("\n") if l and l not in inputs]
ovn("nb", D + "/nb.db", *"ls-add sw -- lsp-add sw p1 -- lsp-set-addresses p1 unknown -- lsp-add sw p2 -- lsp-set-addresses p2 unknown".split())
ovn("northd", D + "/nb.db", D + "/sb.db")
ovn("run", "ovsdb-server", f"--remote=punix:{D}/sb.sock", f"--pidfile={D}/pid", f"--unixctl={D}/ctl", "--detach", "--no-chdir", "-vconsole:off", D + "/sb.db")
try:
    query = ["OVN_Southbound", {"op": "select", "table": "Datapath_Binding", "where": [], "columns": ["_uuid"]}]
    datapath = json.loads(ovn("run", "ovsdb-client", "-f", "json", "query", SOCK, json.dumps(query)).stdout)[0]["rows"][0]["_uuid"][1]
    version = ovn("run", "ovn-trace", "--version").stdout.split()[1]
    rows = [(text, row(datapath, text)) for text in inputs]
finally:
    os.kill(int(open(D + "/pid").read()), 15)
    shutil.rmtree(D, ignore_errors=True)
with open(HERE + "/ovn-trace.txt", "w") as f:
    f.write(f'''# What the real ovn-trace makes of actions: "=" the first action as --detailed prints it, "!" its error. Rows
# that ovn-trace crashes on are left out. OVN {version}, one logical flow in table 0 of a switch with ports p1 and p2,
# ovn-trace --detailed, recorded {datetime.date.today()} by record.py.
''')
    for text, out in rows:
        if out is not None: f.write(f"{text}\n\t{out}\n")
