package action

import "testing"

// texts are usual lines: a service, a route, a reply, a lookup.
var texts = []struct{ name, text string }{
	{"next", "next;"},
	{"output", `outport = "sw0-port1"; output;`},
	{"balance", "reg4 = 10.0.0.10; reg2[0..15] = 80; ct_lb_mark(backends=10.0.0.3:80,10.0.0.4:80);"},
	{"route", `ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; reg5 = 192.168.1.1; eth.src = 00:00:01:01:02:03; outport = "lrp1"; flags.loopback = 1; reg9[9] = 1; next;`},
	{"arp", `eth.dst = eth.src; eth.src = 00:00:00:00:01:01; arp.op = 2; /* ARP reply */ arp.tha = arp.sha; arp.sha = 00:00:00:00:01:01; arp.tpa = arp.spa; arp.spa = 10.0.0.1; outport = inport; flags.loopback = 1; output;`},
}

func BenchmarkParse(b *testing.B) {
	for _, t := range texts {
		b.Run(t.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(t.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPrint(b *testing.B) {
	for _, t := range texts {
		actions, err := Parse(t.text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(t.name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = Append(buf[:0], actions, At{Ingress, 3})
			}
		})
	}
}
