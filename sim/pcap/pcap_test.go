package pcap

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func bin(s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return b
}

const (
	little = "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000"
	ng     = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
	ngBig  = "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c"
	plain  = "01000000 14000000 0100 0000 00000000 14000000"
)

func TestRead(t *testing.T) {
	for _, row := range []struct{ name, file, want string }{
		{"little, us", little + "01000000 02000000 02000000 02000000 abcd", "1.000002s/0 abcd"},
		{"big, ns", "a1b23c4d 0002 0004 00000000 00000000 00040000 00000001 00000001 00000002 00000002 00000009 abcd", "1.000000002s/0 abcd+7"},
		{"two frames", little + "00000000 00000000 01000000 01000000 aa 01000000 00000000 01000000 01000000 bb", "0s/0 aa 1s/0 bb"},
		{"none", little, ""},
		{"ng", ng + plain + "06000000 24000000 00000000 00000000 40420f00 02000000 02000000 abcd0000 24000000", "1s/0 abcd"},
		{"ng, big", ngBig + "00000001 00000014 0001 0000 00000000 00000014 00000006 00000024 00000000 00000000 000f4240 00000002 00000002 abcd0000 00000024", "1s/0 abcd"},
		{"ng, ns, offset", ng + "01000000 28000000 0100 0000 00000000 0900 0100 09000000 0e00 0800 0a00000000000000 28000000" + "06000000 20000000 00000000 00000000 01000000 00000000 00000000 20000000", "10.000000001s/0 "},
		{"ng, 2^-10", ng + "01000000 1c000000 0100 0000 00000000 0900 0100 8a000000 1c000000" + "06000000 20000000 00000000 00000000 00060000 00000000 00000000 20000000", "1.5s/0 "},
		{"ng, simple and unknown", ng + plain + "99000000 0c000000 0c000000" + "03000000 14000000 02000000 abcd0000 14000000", "0s/0 abcd"},
		{"ng, second section counts anew", ng + plain + ng + plain + "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000", "0s/1 "},

		{"empty", "", "x.pcap: byte 0: no capture: 0 bytes"},
		{"text", "68656c6c6f", "x.pcap: byte 0: neither pcap nor pcapng: it begins with 68 65 6c 6c"},
		{"header cut", "d4c3b2a1 0200", "x.pcap: byte 0: file header of 24 bytes, but the file ends after 6"},
		{"frame cut", little + "01000000 02000000 ff000000 ff000000 abcd", "x.pcap: byte 40: frame of 255 bytes, but the file ends after 2"},
		{"cooked", "d4c3b2a1 0200 0400 00000000 00000000 00000400 71000000", "x.pcap: byte 24: link type 113: only Ethernet (1) frames can be simulated"},
		{"ng, cut", ng + "06000000", "x.pcap: byte 28: 4 bytes are left, too few for a block"},
		{"ng, no interface", ng + "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000", "x.pcap: byte 28: packet of interface 0, of which there are 0"},
		{"ng, lengths differ", ng + "99000000 0c000000 10000000", "x.pcap: byte 28: block of type 0x99 has length 12 in front and 16 behind"},
		{"ng, too long", ng + "99000000 fcffffff 10000000", "x.pcap: byte 28: block of type 0x99 has 4294967292 bytes, but the file ends after 12"},
		{"ng, too short", ng + "99000000 08000000 10000000", "x.pcap: byte 28: block of type 0x99 claims a length of 8"},
		{"ng, byte order", "0a0d0d0a 1c000000 4d3c2b1b 0100 0000 ffffffffffffffff 1c000000", "x.pcap: byte 0: section header: byte-order magic is 4d 3c 2b 1b"},
		{"ng, packet longer than block", ng + plain + "06000000 20000000 00000000 00000000 00000000 01000000 00000000 20000000", "x.pcap: byte 48: packet of 1 bytes in a block that has room for 0"},
	} {
		c, err := Read(bytes.NewReader(bin(row.file)), "x.pcap")
		if err != nil {
			assert.Equal(t, row.want, err.Error(), row.name)
			continue
		}
		assert.Equal(t, row.want, line(c), row.name)
	}
}

// line prints a capture's frames as "time/interface hex", with "+n" for n bytes that were cut off.
func line(c *Capture) string {
	var out []string
	for _, f := range c.Frames {
		s := f.At.String() + "/" + string(rune('0'+f.Interface)) + " " + hex.EncodeToString(f.Data)
		if f.Cut() {
			s += "+" + string(rune('0'+f.Length-len(f.Data)))
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestWrite(t *testing.T) {
	c := &Capture{Interfaces: []string{"vm1", "", "outside"}, Frames: []Frame{
		{At: time.Second, Interface: 2, Data: []byte("abc")},
		{At: 2*time.Second + 5, Data: []byte("defg"), Length: 9},
	}}
	var one, two, classic bytes.Buffer
	require.NoError(t, WriteNG(&one, c))
	require.NoError(t, WriteNG(&two, c))
	assert.Equal(t, one.Bytes(), two.Bytes())
	back, err := Read(&one, "x")
	require.NoError(t, err)
	assert.Equal(t, c, back)
	require.NoError(t, Write(&classic, c.Frames))
	back, err = Read(&classic, "x")
	require.NoError(t, err)
	assert.Equal(t, "1s/0 616263 2.000000005s/0 64656667+5", line(back))
	c.Frames[0].Interface = 3
	assert.EqualError(t, WriteNG(&one, c), "frame of interface 3, of which there are 3")
}

func TestMerge(t *testing.T) {
	a := &Capture{Interfaces: []string{"a"}, Frames: []Frame{{At: 1, Data: []byte{1}}, {At: 3, Data: []byte{3}}}}
	b := &Capture{Interfaces: []string{"b"}, Frames: []Frame{{At: 1, Data: []byte{2}}, {At: 2, Data: []byte{4}}}}
	assert.Equal(t, "1ns/0 01 1ns/1 02 2ns/1 04 3ns/0 03", line(Merge(a, b)))
}

// TestFacts: real captures come back byte for byte.
func TestFacts(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/facts/*/*/*/*.pcap")
	if len(files) == 0 {
		t.Skip("no recordings")
	}
	for _, file := range files {
		c, err := Open(file)
		require.NoError(t, err)
		was, err := os.ReadFile(file)
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, Write(&out, c.Frames))
		assert.Equal(t, len(was), out.Len(), file)
		assert.True(t, len(c.Frames) == 0 || bytes.Equal(was[24:], out.Bytes()[24:]), file)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{little + "01000000 02000000 02000000 02000000 abcd", ng + plain + "06000000 24000000 00000000 00000000 40420f00 02000000 02000000 abcd0000 24000000"} {
		f.Add(bin(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(bytes.NewReader(b), "x")
		if err != nil {
			return
		}
		var out bytes.Buffer
		require.NoError(t, WriteNG(&out, c))
		again, err := Read(&out, "x")
		require.NoError(t, err)
		assert.Equal(t, line(c), line(again))
	})
}
