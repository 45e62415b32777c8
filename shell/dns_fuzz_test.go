package shell

import "testing"

// FuzzDNS reads what a machine may answer on port 53.
func FuzzDNS(f *testing.F) {
	f.Add([]byte("\x10\x92\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\x0a\x00\x00\x01"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		m := readDNS(b)
		if m == nil {
			return
		}
		for i := range m.Answers {
			dnsData(&m.Answers[i])
		}
		(&call{args: []string{"dig"}}).digAnswer(m, question{})
	})
}
