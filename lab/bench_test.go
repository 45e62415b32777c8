package lab

import "testing"

// BenchmarkScenario plays one scenario of the lab again and again, from its beginning: what a suite of many scenarios pays
// for each (here 54 requests).
func BenchmarkScenario(b *testing.B) {
	l, err := Load("../examples/lab/lab.yaml")
	if err != nil {
		b.Fatal(err)
	}
	p := l.Player()
	p.Quick = true
	s := l.Scenario("client's switch")
	b.ReportAllocs()
	for b.Loop() {
		if o, err := p.Play(s, nil); err != nil || !o.Pass() {
			b.Fatal(o, err)
		}
	}
}

// BenchmarkStart starts the lab and plays nothing.
func BenchmarkStart(b *testing.B) {
	l, err := Load("../examples/lab/lab.yaml")
	if err != nil {
		b.Fatal(err)
	}
	p := l.Player()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Start(); err != nil {
			b.Fatal(err)
		}
	}
}
