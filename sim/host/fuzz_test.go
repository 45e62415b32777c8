package host

import (
	"testing"
	"time"

	"ovnsim/sim/packet"
)

// FuzzReceive throws frames and times at a machine in the middle of a request: it must neither panic nor send nonsense.
func FuzzReceive(f *testing.F) {
	w := newWorld(f)
	a := w.add("a", "10.0.0.1/24 fd00::1/64", nil)
	w.add("b", "10.0.0.2/24 fd00::2/64", serving(80, "i am b\n"))
	a.Get(0, Request{URL: "10.0.0.2"})
	a.Ping(0, Ping{Dst: w.hosts[1].Addresses()[1].Addr(), Size: 2000})
	w.run(time.Second)
	for _, name := range []string{"a", "b"} {
		for _, frame := range w.frames[name] {
			f.Add(frame, uint16(3))
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte, script uint16) {
		w := newWorld(t)
		a := w.add("a", "10.0.0.1/24 fd00::1/64", serving(80, "i am a\n"))
		b := w.add("b", "10.0.0.2/24 fd00::2/64", serving(80, "i am b\n"))
		a.Get(0, Request{URL: "10.0.0.2", From: 40000, Timeout: time.Minute})
		w.run(time.Duration(script%2000) * 100 * time.Microsecond)
		for i := range 3 {
			copied := append([]byte{}, frame...)
			if len(copied) >= 14 { // let it through the network card
				to := [...]packet.MAC{a.MAC(), b.MAC(), packet.Broadcast}[i]
				copy(copied, to[:])
			}
			w.hosts[i%2].Receive(w.now, copied)
			w.run(w.now + time.Duration(script>>8)*time.Second)
		}
		w.run(w.now + 10*time.Minute)
	})
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"http://10.0.0.1:8000/x?y", "10.0.0.1", "http://[fd00::1]:80", "ftp://x", "://", "http://%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if remote, _, path, err := target(s); err == nil && (!remote.IsValid() || remote.Port() == 0 || path == "") {
			t.Fatalf("%q: %v %q", s, remote, path)
		}
	})
}
