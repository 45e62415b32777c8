package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"
)

// snapLen is what tcpdump calls unlimited.
const snapLen = 262144

// Write writes the frames as a pcap, little-endian. Times are in microseconds unless some frame's time needs
// nanoseconds. The interfaces are forgotten.
func Write(w io.Writer, frames []Frame) error {
	magic, unit := uint32(magicMicro), time.Microsecond
	if slices.ContainsFunc(frames, func(f Frame) bool { return f.At%time.Microsecond != 0 }) {
		magic, unit = magicNano, time.Nanosecond
	}
	le := binary.LittleEndian
	b := le.AppendUint32(nil, magic)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0) // time zone and accuracy: always 0
	b = le.AppendUint32(b, snapLen)
	b = le.AppendUint32(b, Ethernet)
	for _, f := range frames {
		b = le.AppendUint32(b, uint32(f.At/time.Second))
		b = le.AppendUint32(b, uint32(f.At%time.Second/unit))
		b = le.AppendUint32(b, uint32(len(f.Data)))
		b = le.AppendUint32(b, f.wireLength())
		b = append(b, f.Data...)
	}
	_, err := w.Write(b)
	return err
}

// WriteNG writes the capture as a pcapng, little-endian, with one interface description per interface and times in
// nanoseconds. Equal captures give equal files.
func WriteNG(w io.Writer, c *Capture) error {
	le := binary.LittleEndian
	section := le.AppendUint32(nil, 0x1a2b3c4d)
	section = le.AppendUint16(section, 1) // version 1.0
	section = le.AppendUint16(section, 0)
	section = le.AppendUint64(section, ^uint64(0)) // length unknown
	b := appendBlock(nil, blockSection, section)
	for _, name := range c.Interfaces {
		body := le.AppendUint16(nil, Ethernet)
		body = le.AppendUint16(body, 0)
		body = le.AppendUint32(body, 0) // no limit
		if name != "" {
			body = appendOption(body, optionName, []byte(name))
		}
		body = appendOption(body, optionResolution, []byte{9})
		body = appendOption(body, 0, nil)
		b = appendBlock(b, 1, body)
	}
	for _, f := range c.Frames {
		if f.Interface < 0 || f.Interface >= len(c.Interfaces) {
			return fmt.Errorf("frame of interface %d, of which there are %d", f.Interface, len(c.Interfaces))
		}
		body := le.AppendUint32(nil, uint32(f.Interface))
		body = le.AppendUint32(body, uint32(uint64(f.At)>>32))
		body = le.AppendUint32(body, uint32(f.At))
		body = le.AppendUint32(body, uint32(len(f.Data)))
		body = le.AppendUint32(body, f.wireLength())
		b = appendBlock(b, 6, append(body, f.Data...))
	}
	_, err := w.Write(b)
	return err
}

func appendBlock(b []byte, kind uint32, body []byte) []byte {
	n := uint32(12 + (len(body)+3)&^3)
	b = binary.LittleEndian.AppendUint32(b, kind)
	b = binary.LittleEndian.AppendUint32(b, n)
	b = pad(append(b, body...), len(body))
	return binary.LittleEndian.AppendUint32(b, n)
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...), len(value))
}

// pad fills up to a multiple of four what was n bytes long.
func pad(b []byte, n int) []byte { return append(b, make([]byte, -n&3)...) }
