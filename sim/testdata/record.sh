#!/usr/bin/env bash
# Records what a real OVN makes of the network below: network.db.gz (southbound), lflows.txt.gz (ovn-sbctl lflow-list) and
# traces.txt (what ovn-trace answers to commands.txt).
# usage: OVN=".../ovn" record.sh    ($OVN runs OVN's programs: `$OVN nb FILE COMMANDS`, `$OVN northd NB SB`, `$OVN run PROGRAM …`)
set -euo pipefail
cd "$(dirname "$0")"
t=$(mktemp -d); trap 'kill $(cat "$t/pid") 2>/dev/null || true; rm -rf "$t"' EXIT
"$OVN" nb "$t/nb.db" \
  ls-add ls0 -- lsp-add ls0 vm1 -- lsp-set-addresses vm1 "00:00:00:00:00:01 10.0.0.1 fd00::1" -- lsp-set-port-security vm1 "00:00:00:00:00:01 10.0.0.1 fd00::1" \
  -- lsp-add ls0 vm2 -- lsp-set-addresses vm2 "00:00:00:00:00:02 10.0.0.2" -- set logical_switch_port vm2 external_ids:name=friendly-vm2 \
  -- lsp-add ls0 un -- lsp-set-addresses un unknown \
  -- ls-add ls1 -- lsp-add ls1 vm3 -- lsp-set-addresses vm3 "00:00:00:00:01:03 10.0.1.3" \
  -- lr-add lr0 -- lrp-add lr0 lr0-ls0 00:00:00:00:ff:01 10.0.0.254/24 fd00::fe/64 -- lrp-add lr0 lr0-ls1 00:00:00:00:ff:02 10.0.1.254/24 \
  -- lsp-add ls0 ls0-lr0 -- lsp-set-type ls0-lr0 router -- lsp-set-addresses ls0-lr0 router -- lsp-set-options ls0-lr0 router-port=lr0-ls0 \
  -- lsp-add ls1 ls1-lr0 -- lsp-set-type ls1-lr0 router -- lsp-set-addresses ls1-lr0 router -- lsp-set-options ls1-lr0 router-port=lr0-ls1 \
  -- lb-add lb0 10.9.9.9:80 10.0.1.3:8080,10.0.0.2:8080 -- ls-lb-add ls0 lb0 \
  -- --log --name=web --severity=info acl-add ls1 to-lport 1001 "outport == \"vm3\" && tcp.dst == 8080" allow-related \
  -- acl-add ls1 to-lport 1000 "outport == \"vm3\" && udp" reject -- acl-add ls1 to-lport 900 "outport == \"vm3\" && tcp" drop \
  -- lr-add gr -- set logical_router gr options:chassis=hv1 -- lrp-add lr0 lr0-gr 00:00:00:00:ff:03 100.64.0.1/24 peer=gr-lr0 \
  -- lrp-add gr gr-lr0 00:00:00:00:ff:04 100.64.0.2/24 peer=lr0-gr -- ls-add out -- lrp-add gr gr-out 00:00:00:00:ff:05 172.16.0.1/24 \
  -- lsp-add out out-gr -- lsp-set-type out-gr router -- lsp-set-addresses out-gr router -- lsp-set-options out-gr router-port=gr-out \
  -- lsp-add out ln -- lsp-set-type ln localnet -- lsp-set-addresses ln unknown -- lsp-set-options ln network_name=phys \
  -- lr-route-add lr0 0.0.0.0/0 100.64.0.2 -- lr-route-add gr 10.0.0.0/16 100.64.0.1 \
  -- --ecmp lr-route-add gr 8.8.0.0/16 172.16.0.8 -- --ecmp lr-route-add gr 8.8.0.0/16 172.16.0.9 \
  -- lr-nat-add gr snat 172.16.0.1 10.0.0.0/16 -- lr-nat-add gr dnat 172.16.0.50 10.0.1.3
"$OVN" northd "$t/nb.db" "$t/sb.db" | gzip -9n >lflows.txt.gz
gzip -9nc "$t/sb.db" >network.db.gz
"$OVN" run ovsdb-server --detach --no-chdir --pidfile="$t/pid" --unixctl="$t/ctl" --log-file="$t/log" --remote="punix:$t/s" "$t/sb.db" -vconsole:off </dev/null >/dev/null 2>&1
{
  echo "# Recorded $(date +%F) by record.sh from $("$OVN" run ovn-trace --version | head -1). A line of dashes and equals begins each command."
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    printf -- '-=-=- %s\n' "$line"
    eval "args=($line)"
    "$OVN" run ovn-trace --db="unix:$t/s" "${args[@]}" 2>/dev/null || echo "(exit code $?)"
  done <commands.txt
} >traces.txt
