#!/usr/bin/env python3
"""Records what a real ovn-controller answers: OVN=/path/to/ovn record.py > controller.txt

OVN is a program that runs a real OVN: "ovn up|down|wait", "ovn nbctl|sbctl|vsctl|appctl ARG...", with the environment variables
OVN_RUN (a directory for its files) and OVN_DUMMY=1 (Open vSwitch's dummy datapath, which needs no root).
"""
import datetime, os, socket, struct, subprocess, sys, tempfile, time
O = os.environ["OVN"]; D = tempfile.mkdtemp(); env = dict(os.environ, OVN_RUN=D, OVN_DUMMY="1")
def ovn(*a,ok=True):
    r=subprocess.run([O,*a],env=env,capture_output=True,text=True)
    if r.returncode and ok: print(a,r.stderr[-800:],file=sys.stderr)
    return r.stdout
def csum(b):
    if len(b)%2: b+=b'\0'
    s=sum(struct.unpack('!%dH'%(len(b)//2),b))
    while s>>16: s=(s&0xffff)+(s>>16)
    return ~s&0xffff
def mac(s): return bytes.fromhex(s.replace(':',''))
def ip(src,dst,proto,l4,ttl=64,tos=0,ident=0x1234,df=True):
    if ':' in src:
        s,d=socket.inet_pton(10,src),socket.inet_pton(10,dst)
        return struct.pack('!IHBB',6<<28|tos<<20|0x54321,len(l4),proto,ttl)+s+d+l4
    s,d=socket.inet_aton(src),socket.inet_aton(dst)
    h=struct.pack('!BBHHHBBH',0x45,tos,20+len(l4),ident,0x4000 if df else 0,ttl,proto,0)+s+d
    return h[:10]+struct.pack('!H',csum(h))+h[12:]+l4
def ps(src,dst,proto,n):
    if ':' in src: return socket.inet_pton(10,src)+socket.inet_pton(10,dst)+struct.pack('!II',n,proto)
    return socket.inet_aton(src)+socket.inet_aton(dst)+struct.pack('!HH',proto,n)
def eth(dst,src,p,vlan=None):
    t=b'\x86\xdd' if p[0]>>4==6 else b'\x08\x00'
    return mac(dst)+mac(src)+(struct.pack('!HH',0x8100,vlan) if vlan else b'')+t+p
def udp(src,dst,sp,dp,data,zero=False,**k):
    b=struct.pack('!HHHH',sp,dp,8+len(data),0)+data
    c=0 if zero else (csum(ps(src,dst,17,len(b))+b) or 0xffff)
    return ip(src,dst,17,b[:6]+struct.pack('!H',c)+data,**k)
def tcp(src,dst,sp,dp,flags,seq=1000,ack=2000,data=b'',**k):
    b=struct.pack('!HHIIHHHH',sp,dp,seq,ack,5<<12|flags,8192,0,0)+data
    c=csum(ps(src,dst,6,len(b))+b)
    return ip(src,dst,6,b[:16]+struct.pack('!H',c)+b[18:],**k)
def crc32c(d):
    c=0xffffffff
    for x in d:
        c^=x
        for _ in range(8): c=c>>1^(0x82f63b78 if c&1 else 0)
    return struct.pack('<I',c^0xffffffff)
def sctp(src,dst,sp,dp,vtag,chunk,**k):
    h=struct.pack('!HHI',sp,dp,vtag)
    return ip(src,dst,132,h+crc32c(h+b'\0\0\0\0'+chunk)+chunk,**k)
def icmp(src,dst,t,c,rest,data=b'',**k):
    b=struct.pack('!BBHI',t,c,0,rest)+data
    p=58 if ':' in src else 1
    s=csum((ps(src,dst,58,len(b)) if p==58 else b'')+b)
    return ip(src,dst,p,b[:2]+struct.pack('!H',s)+b[4:],**k)
def nd(src,dst,t,rest,data,**k): return icmp(src,dst,t,0,rest,data,ttl=255,**k)
def dhcp(kind,opts=b'',flags=0,ciaddr='0.0.0.0',op=1,yi='0.0.0.0',gi='0.0.0.0',hops=0,si='0.0.0.0',ch='02:00:00:00:01:01'):
    return struct.pack('!BBBBIHH',op,1,6,hops,0x11223344,7,flags)+b''.join(map(socket.inet_aton,(ciaddr,yi,si,gi)))+mac(ch)+b'\0'*10+b'\0'*192+bytes([99,130,83,99,53,1,kind])+opts+b'\xff'
def o(code,data): return bytes([code,len(data)])+data
def d6(kind,*opts): return bytes([kind,1,2,3])+b''.join(struct.pack('!HH',c,len(d))+d for c,d in opts)
def dns(name,t,ident=77,flags=0x0100,extra=b'',ar=0,cl=1):
    q=b''.join(bytes([len(l)])+l.encode() for l in name.split('.') if l)+b'\0'+struct.pack('!HH',t,cl)
    return struct.pack('!HHHHHH',ident,flags,1,0,0,ar)+q+extra
M1,M2,M3,R0,R1='02:00:00:00:01:01','02:00:00:00:01:02','02:00:00:00:02:03','02:00:00:00:01:fe','02:00:00:00:02:fe'
A='10.0.1.1';B='10.0.1.2';A6='fd01::1';B6='fd01::2'; L1='fe80::ff:fe00:101'
iana=struct.pack('!III',7,0,0)
cid=b'\0\3\0\1'+mac(M1)
C=[]
def add(name,port,frame): C.append((name,port,frame))
for v,s,d in ((4,A,B),(6,A6,B6)):
    add(f'reject syn {v}','p1',eth(M2,M1,tcp(s,d,4000,81,2)))
    add(f'reject data {v}','p1',eth(M2,M1,tcp(s,d,4000,81,0x18,seq=0xffffffff,data=b'hello',tos=0x28)))
    add(f'reject rst {v}','p1',eth(M2,M1,tcp(s,d,4000,81,4)))
    add(f'reject udp {v}','p1',eth(M2,M1,udp(s,d,4000,81,b'question',tos=0x28,ttl=9)))
    add(f'reject udp long {v}','p1',eth(M2,M1,udp(s,d,4000,81,bytes(range(256))*6)))
    add(f'reject sctp init {v}','p1',eth(M2,M1,sctp(s,d,4000,81,0,struct.pack('!BBHIIHHI',1,0,20,0xdeadbeef,1500,1,1,99))))
    add(f'reject sctp init tagged {v}','p1',eth(M2,M1,sctp(s,d,4000,81,5,struct.pack('!BBHIIHHI',1,0,20,0xdeadbeef,1500,1,1,99))))
    add(f'reject sctp data {v}','p1',eth(M2,M1,sctp(s,d,4000,81,0x01020304,struct.pack('!BBHIHHI',0,3,20,1,0,0,0)+b'abcd')))
    add(f'reject sctp abort {v}','p1',eth(M2,M1,sctp(s,d,4000,81,0x01020304,struct.pack('!BBH',6,0,4))))
    add(f'reject sctp short {v}','p1',eth(M2,M1,sctp(s,d,4000,81,0,struct.pack('!BBH',1,0,20))))
    add(f'reject proto {v}','p1',eth(M2,M1,ip(s,d,99,b'x'*20)))
add('reject ping 4','p1',eth(M2,M1,icmp(A,B,8,0,0x00050001,b'ping')))
add('reject unreachable 4','p1',eth(M2,M1,icmp(A,B,3,1,0,ip(B,A,17,b'\0\7\0\7\0\10\0\0'))))
add('reject ping 6','p1',eth(M2,M1,icmp(A6,B6,128,0,0x00050001,b'ping')))
add('reject unreachable 6','p1',eth(M2,M1,icmp(A6,B6,1,1,0,ip(B6,A6,17,b'\0\7\0\7\0\10\0\0'))))
for n,t in (('www.ovn.org',1),('WWW.ovn.ORG',1),('www.ovn.org',28),('www.ovn.org',255),('v4.ovn.org',1),('v4.ovn.org',28),('own.ovn.org',28),('own.ovn.org',1),('own.ovn.org',255),('2.1.0.10.in-addr.arpa',12),('nosuch.org',1),('www.ovn.org',15)):
    add(f'dns {n} {t} 4','p1',eth(M2,M1,udp(A,B,5353,53,dns(n,t))))
    add(f'dns {n} {t} 6','p1',eth(M2,M1,udp(A6,B6,5353,53,dns(n,t))))
add('dns edns','p1',eth(M2,M1,udp(A,B,5353,53,dns('www.ovn.org',1,extra=b'\0\0\x29\x10\0\0\0\0\0\0\0',ar=1))))
add('dns response','p1',eth(M2,M1,udp(A,B,5353,53,dns('www.ovn.org',1,flags=0x8180))))
add('dns short','p1',eth(M2,M1,udp(A,B,5353,53,dns('www.ovn.org',1)[:20])))
BC='ff:ff:ff:ff:ff:ff'
def dp(name,data,src='0.0.0.0',dst='255.255.255.255',**k): add(name,'p1',eth(BC,M1,udp(src,dst,68,67,data,**k)))
dp('dhcp discover',dhcp(1)); dp('dhcp discover broadcast',dhcp(1,flags=0x8000))
dp('dhcp discover ipxe',dhcp(1,o(175,b'\1\2')+o(77,b'iPXE')))
dp('dhcp request',dhcp(3,o(50,socket.inet_aton(A)))); dp('dhcp request other',dhcp(3,o(50,socket.inet_aton('10.0.1.77')),si='1.2.3.4'))
dp('dhcp renew',dhcp(3,ciaddr=A),src=A,dst='10.0.1.254'); dp('dhcp request nothing',dhcp(3))
dp('dhcp inform',dhcp(8,ciaddr=A,si='9.9.9.9'),src=A); dp('dhcp release',dhcp(7,ciaddr=A),src=A,dst='10.0.1.254'); dp('dhcp decline',dhcp(4,o(50,socket.inet_aton(A))))
dp('dhcp no sum',dhcp(1),zero=True); dp('dhcp padded',dhcp(1,b'\0\0\0'+o(12,b'me')),tos=0x10,ident=1,df=False)
dp('dhcp reply op',dhcp(1,op=2)); 
add('dhcp bad cookie','p1',eth(BC,M1,udp('0.0.0.0','255.255.255.255',68,67,dhcp(1).replace(bytes([99,130,83,99]),b'abcd'))))
add('dhcp2 discover','p2',eth(BC,M2,udp('0.0.0.0','255.255.255.255',68,67,dhcp(1,ch=M2))))
add('dhcp2 discover ipxe','p2',eth(BC,M2,udp('0.0.0.0','255.255.255.255',68,67,dhcp(1,o(175,b'\1'),ch=M2))))
def d6p(name,*a): add(name,'p1',eth('33:33:00:01:00:02',M1,udp(L1,'ff02::1:2',546,547,d6(*a))))
d6p('dhcp6 solicit',1,(1,cid),(3,iana)); d6p('dhcp6 request',3,(1,cid),(3,iana),(2,b'\0\3\0\1'+mac(R0)))
d6p('dhcp6 confirm',4,(1,cid),(3,iana)); d6p('dhcp6 renew',5,(1,cid),(3,iana)); d6p('dhcp6 release',8,(1,cid),(3,iana)); d6p('dhcp6 decline',9,(1,cid),(3,iana))
d6p('dhcp6 inform',11,(1,cid)); d6p('dhcp6 inform iana',11,(3,iana),(1,cid)); d6p('dhcp6 no client',1,(3,iana)); d6p('dhcp6 no iana',1,(1,cid)); d6p('dhcp6 ipxe',1,(15,b'\0\4iPXE'),(1,cid),(3,iana))
d6p('dhcp6 fqdn',1,(1,cid),(3,iana),(39,b'\0\2me\0')); d6p('dhcp6 fqdn s',1,(39,b'\1\2me\0'),(1,cid),(3,iana)); d6p('dhcp6 cut',1,(1,cid),(3,iana[:8]))
add('ra','p1',eth('33:33:00:00:00:02',M1,nd(L1,'ff02::2',133,0,b'\1\1'+mac(M1))))
add('ra unspecified','p1',eth('33:33:00:00:00:02',M1,nd('::','ff02::2',133,0,b'')))
add('ns dad','p1',eth('33:33:ff:00:00:fe',M1,nd('::','ff02::1:ff00:fe',135,0,socket.inet_pton(10,'fd01::fe'))))
add('ns','p1',eth('33:33:ff:00:00:fe',M1,nd(A6,'ff02::1:ff00:fe',135,0,socket.inet_pton(10,'fd01::fe')+b'\1\1'+mac(M1))))
# relay: clients on p4 of sw2, server p3 on sw1
M4='02:00:00:00:03:04'
def rq(name,data,**k): add(name,'p4',eth(BC,M4,udp('0.0.0.0','255.255.255.255',68,67,data,**k)))
rq('relay discover',dhcp(1,ch=M4)); rq('relay request zero sum',dhcp(3,o(50,socket.inet_aton('10.0.3.50')),hops=3,ch=M4),zero=True); rq('relay again',dhcp(1,gi='1.1.1.1',ch=M4)); rq('relay broadcast',dhcp(1,flags=0x8000,ch=M4))
sid=o(54,socket.inet_aton('10.0.2.3')); nm=o(1,socket.inet_aton('255.255.255.0'))
def rs(name,data,**k): add(name,'p3',eth(R1,M3,udp('10.0.2.3','10.0.3.254',67,67,data,**k)))
rs('relayed offer',dhcp(2,sid+nm,op=2,yi='10.0.3.50',gi='10.0.3.254',ch=M4)); rs('relayed ack broadcast',dhcp(5,nm+sid+o(3,socket.inet_aton('10.0.3.1')),op=2,flags=0x8000,yi='10.0.3.50',gi='10.0.3.254',ch=M4),zero=True)
rs('relayed nak',dhcp(6,sid,op=2,gi='10.0.3.254',ch=M4)); rs('relayed other subnet',dhcp(2,sid+nm,op=2,yi='10.0.4.50',gi='10.0.3.254',ch=M4)); rs('relayed other server',dhcp(2,o(54,b'\1\2\3\4')+nm,op=2,yi='10.0.3.50',gi='10.0.3.254',ch=M4)); rs('relayed no server',dhcp(2,nm,op=2,yi='10.0.3.50',gi='10.0.3.254',ch=M4)); rs('relayed no giaddr',dhcp(2,sid+nm,op=2,yi='10.0.3.50',ch=M4))
# router: arp request, ttl, closed port
add('ttl vlan-less tos','p1',eth(R0,M1,udp(A,'10.0.2.3',7,7,b'x'*30,ttl=1,tos=0xfc)))
add('ttl of error','p1',eth(R0,M1,icmp(A,'10.0.2.3',3,3,0,ip('10.0.2.3',A,17,b'\0\7\0\7\0\10\0\0'),ttl=1)))
add('router udp closed','p1',eth(R0,M1,udp(A,'10.0.1.254',7,7,b'x')))
add('router tcp closed','p1',eth(R0,M1,tcp(A,'10.0.1.254',7,7,2)))
add('router tcp rst','p1',eth(R0,M1,tcp(A,'10.0.1.254',7,7,4)))
add('router sctp closed','p1',eth(R0,M1,sctp(A,'10.0.1.254',7,7,0,struct.pack('!BBHIIHHI',1,0,20,0xdeadbeef,1500,1,1,99))))
add('arp ask','p1',eth(R0,M1,udp(A,'10.0.2.99',7,7,b'x')))
add('nd ask','p1',eth(R0,M1,udp(A6,'fd02::99',7,7,b'x')))
def pcap(path):
    out=[]
    try: b=open(path,'rb').read()
    except FileNotFoundError: return out
    p=24
    while p+16<=len(b):
        n=struct.unpack('<I',b[p+8:p+12])[0]; out.append(b[p+16:p+16+n]); p+=16+n
    return out
def main():
    ovn('up')
    nb=lambda *a: ovn('nbctl',*a)
    nb(*'ls-add sw0 -- ls-add sw1 -- ls-add sw2 -- lr-add lr0'.split())
    for n,m,nets in (('0',R0,'10.0.1.254/24 fd01::fe/64'),('1',R1,'10.0.2.254/24 fd02::fe/64'),('2','02:00:00:00:03:fe','10.0.3.254/24')):
        nb('lrp-add','lr0','lr0-sw'+n,m,*nets.split()); nb(*f'lsp-add sw{n} sw{n}-lr0 -- lsp-set-type sw{n}-lr0 router -- lsp-set-addresses sw{n}-lr0 router -- lsp-set-options sw{n}-lr0 router-port=lr0-sw{n}'.split())
    for p,sw,a in (('p1','sw0',M1+' '+A+' '+A6),('p2','sw0',M2+' '+B+' '+B6),('p3','sw1',M3+' 10.0.2.3 fd02::3'),('p4','sw2',M4+' 10.0.3.4')):
        nb('lsp-add',sw,p); nb('lsp-set-addresses',p,a)
    nb('acl-add','sw0','to-lport','100','outport == "p2" && ((tcp && tcp.dst==81) || (udp && udp.dst == 81) || (sctp && sctp.dst==81) || ip.proto == 99 || icmp4 || icmp6.type == {1, 128})','reject')
    d=nb('create','dns','records:www.ovn.org="10.0.1.2 fd01::2"','records:v4.ovn.org=10.0.1.9','records:2.1.0.10.in-addr.arpa=www.ovn.org').strip()
    d2=nb('create','dns','records:own.ovn.org=10.0.1.8','options:ovn-owned=true').strip()
    nb('set','logical_switch','sw0',f'dns_records={d},{d2}')
    x=nb('create','dhcp_options','cidr=10.0.1.0/24','options:server_id=10.0.1.254','options:server_mac="02:00:00:00:01:fe"','options:lease_time=3600','options:router=10.0.1.254','options:T1=5','options:mtu=1400','options:ip_forward_enable=1','options:default_ttl=33','options:tftp_server="\\"tftp.ovn.org\\""','options:domain_search_list="\\"ovn.org,abc.ovn.org,x.abc.ovn.org,com\\""','options:classless_static_route="{30.0.0.0/24,10.0.1.4, 0.0.0.0/0,10.0.1.254, 10.229.0.128/25,10.0.1.5, 1.2.3.4,10.0.1.6}"','options:bootfile_name="\\"boot.ipxe\\""','options:bootfile_name_alt="\\"boot.pxe\\""','options:next_server=10.0.1.99','options:hostname="\\"h1\\""').strip()
    y=nb('create','dhcp_options','cidr=10.0.1.0/24','options:server_id=10.0.1.254','options:server_mac="02:00:00:00:01:fe"','options:lease_time=3600','options:bootfile_name_alt="\\"only.pxe\\""','options:tftp_server=10.0.1.98').strip()
    z=nb('create','dhcp_options','cidr="fd01::/64"','options:server_id="02:00:00:00:01:fe"','options:dns_server="fd01::53"','options:domain_search="\\"ovn.org\\""','options:bootfile_name="\\"http://a/b\\""','options:bootfile_name_alt="\\"http://a/c\\""','options:fqdn="\\"vm1.ovn.org\\""').strip()
    nb('set','logical_switch_port','p1',f'dhcpv4_options={x}',f'dhcpv6_options={z}'); nb('set','logical_switch_port','p2',f'dhcpv4_options={y}')
    nb('set','logical_router_port','lr0-sw0','ipv6_ra_configs:address_mode=slaac','ipv6_ra_configs:send_periodic=false','ipv6_ra_configs:mtu=1450','ipv6_ra_configs:rdnss="fd01::53"','ipv6_ra_configs:dnssl="ovn.org,a.bc"','ipv6_ra_configs:router_preference=HIGH','ipv6_ra_configs:route_info="HIGH-fd09::/64,LOW-fd0a:1:2:3:8000::/96,MEDIUM-::/0"')
    r=nb('create','dhcp_relay','name=r','servers=10.0.2.3').strip(); nb('set','logical_router_port','lr0-sw2',f'dhcp_relay={r}'); nb('set','logical_switch','sw2','other_config:dhcp_relay_port=sw2-lr0')
    for p in ('p1','p2','p3','p4'):
        ovn('vsctl','--','add-port','br-int',p,'--','set','interface',p,'type=dummy',f'external_ids:iface-id={p}',f'options:tx_pcap={D}/{p}.pcap',f'ofport_request={p[1]}')
    ovn('wait'); time.sleep(2)
    version=ovn('nbctl','--version').split()[1]
    print(f"""# What ovn-controller answered: a frame that a port sent ("<") and the frame that came back or went on (">"), in hexadecimal, for
# each case by name. Recorded from OVN {version} with Open vSwitch's dummy datapath on {datetime.date.today()} by record.py: one
# router between three switches, a reject ACL, DNS records, DHCP options, router advertisements and a DHCP relay; frames were
# sent with "ovs-appctl netdev-dummy/receive" and read from options:tx_pcap. The actions are those of that network's flows.""")
    for name,port,frame in C:
        ovn('sbctl','--all','destroy','MAC_Binding',ok=False)
        before={p:len(pcap(f'{D}/{p}.pcap')) for p in ('p1','p2','p3','p4')}
        ovn('appctl','netdev-dummy/receive',port,frame.hex())
        time.sleep(.3)
        print(name); print('<',port,frame.hex())
        for p in before:
            for f in pcap(f'{D}/{p}.pcap')[before[p]:]: print('>',p,f.hex())
try: main()
finally: ovn('down',ok=False)
