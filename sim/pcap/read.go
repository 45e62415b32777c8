package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"strings"
	"time"
)

// Open reads the capture file at path.
func Open(path string) (*Capture, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Read(file, path)
}

// Read reads a capture of either kind to its end; the first four bytes tell which. The name stands in errors.
func Read(r io.Reader, name string) (*Capture, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &parser{rest: data, size: len(data)}
	if err := p.file(); err != nil {
		return nil, fmt.Errorf("%s: byte %d: %w", name, p.size-len(p.rest), err)
	}
	return &p.out, nil
}

// parser is what has been read and what is still to read.
type parser struct {
	out    Capture
	rest   []byte
	size   int
	order  binary.ByteOrder
	clocks []clock // pcapng: of the interfaces of this section
	first  int     // pcapng: this section's first interface in out.Interfaces
}

// clock turns an interface's time units into durations.
type clock struct {
	perSecond uint64 // 0: binary below means 2^-shift s
	shift     uint8
	offset    int64 // seconds
}

// The four classic magics by byte order and resolution, and pcapng's block type, which reads the same either way.
const (
	magicMicro   = 0xa1b2c3d4
	magicNano    = 0xa1b23c4d
	blockSection = 0x0a0d0d0a
)

func (p *parser) file() error {
	if len(p.rest) < 4 {
		return fmt.Errorf("no capture: %d bytes", len(p.rest))
	}
	if binary.LittleEndian.Uint32(p.rest) == blockSection {
		return p.blocks()
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(p.rest) {
		case magicMicro:
			return p.records(order, clock{perSecond: 1e6})
		case magicNano:
			return p.records(order, clock{perSecond: 1e9})
		}
	}
	return fmt.Errorf("neither pcap nor pcapng: it begins with % x", p.rest[:4])
}

// take cuts n bytes off the front; what names them in the error.
func (p *parser) take(n int, what string) ([]byte, error) {
	if n > len(p.rest) {
		return nil, fmt.Errorf("%s of %d bytes, but the file ends after %d", what, n, len(p.rest))
	}
	b := p.rest[:n:n]
	p.rest = p.rest[n:]
	return b, nil
}

// records reads a classic capture:
//
//	header  magic(4) version(4) zone(4) accuracy(4) snaplen(4) link type(4)
//	record  seconds(4) fraction(4) captured(4) on the wire(4) data
func (p *parser) records(order binary.ByteOrder, c clock) error {
	head, err := p.take(24, "file header")
	if err != nil {
		return err
	}
	if link := order.Uint32(head[20:]) & 0xffff; link != Ethernet {
		return fmt.Errorf("link type %d: only Ethernet (1) frames can be simulated", link)
	}
	p.out.Interfaces = []string{""}
	for len(p.rest) > 0 {
		head, err := p.take(16, "record header")
		if err != nil {
			return err
		}
		n, length := order.Uint32(head[8:]), order.Uint32(head[12:])
		data, err := p.take(int(n), "frame")
		if err != nil {
			return err
		}
		at := time.Duration(order.Uint32(head))*time.Second + c.fraction(uint64(order.Uint32(head[4:])))
		p.out.Frames = append(p.out.Frames, Frame{At: at, Data: data, Length: cutLength(n, length)})
	}
	return nil
}

// cutLength keeps the length on the wire only when it says something.
func cutLength(captured, wire uint32) int {
	if wire <= captured || wire > math.MaxInt32 {
		return 0
	}
	return int(wire)
}

func (c clock) fraction(units uint64) time.Duration {
	if c.perSecond == 0 {
		hi, lo := bits.Mul64(units, uint64(time.Second))
		return time.Duration(hi<<(64-c.shift) | lo>>c.shift)
	}
	hi, lo := bits.Mul64(units, uint64(time.Second))
	q, _ := bits.Div64(hi%c.perSecond, lo, c.perSecond)
	return time.Duration(q)
}

// A block is one of pcapng's that says something about frames; the others are passed over, as the format demands.
var blockTable = map[uint32]func(*parser, []byte) error{
	1: (*parser).interfaceBlock,
	2: (*parser).oldPacketBlock,
	3: (*parser).simplePacketBlock,
	6: (*parser).packetBlock,
}

// blocks reads a pcapng: type(4) length(4) body, padded to 4, length(4) again.
func (p *parser) blocks() error {
	for len(p.rest) > 0 {
		if len(p.rest) < 12 {
			return fmt.Errorf("%d bytes are left, too few for a block", len(p.rest))
		}
		section := binary.LittleEndian.Uint32(p.rest) == blockSection
		if section && !p.section() {
			return fmt.Errorf("section header: byte-order magic is % x", p.rest[8:12])
		}
		kind, n := p.order.Uint32(p.rest), p.order.Uint32(p.rest[4:])
		if n < 12 || n%4 != 0 || section && n < 28 {
			return fmt.Errorf("block of type %#x claims a length of %d", kind, n)
		}
		if uint64(n) > uint64(len(p.rest)) {
			return fmt.Errorf("block of type %#x has %d bytes, but the file ends after %d", kind, n, len(p.rest))
		}
		if again := p.order.Uint32(p.rest[n-4:]); again != n {
			return fmt.Errorf("block of type %#x has length %d in front and %d behind", kind, n, again)
		}
		if read := blockTable[kind]; read != nil && !section {
			if err := read(p, p.rest[8:n-4]); err != nil {
				return err
			}
		}
		p.rest = p.rest[n:]
	}
	return nil
}

// section begins a new section: its byte order, and interfaces numbered from 0 again.
func (p *parser) section() bool {
	p.clocks, p.first = nil, len(p.out.Interfaces)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if order.Uint32(p.rest[8:]) == 0x1a2b3c4d {
			p.order = order
			return true
		}
	}
	return false
}

// Options of an interface description.
const (
	optionName       = 2
	optionResolution = 9
	optionOffset     = 14
)

func (p *parser) interfaceBlock(b []byte) error {
	if len(b) < 8 {
		return fmt.Errorf("interface description of %d bytes", len(b))
	}
	if link := p.order.Uint16(b); link != Ethernet {
		return fmt.Errorf("link type %d: only Ethernet (1) frames can be simulated", link)
	}
	name, c := "", clock{perSecond: 1e6}
	for b = b[8:]; len(b) >= 4; {
		code, n := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		if code == 0 || 4+n > len(b) {
			break
		}
		switch value := b[4 : 4+n]; {
		case code == optionName:
			name = strings.TrimRight(string(value), "\x00")
		case code == optionResolution && n == 1:
			var err error
			if c, err = resolution(value[0], c.offset); err != nil {
				return err
			}
		case code == optionOffset && n == 8:
			c.offset = int64(p.order.Uint64(value))
		}
		b = b[min(4+(n+3)&^3, len(b)):]
	}
	p.out.Interfaces = append(p.out.Interfaces, name)
	p.clocks = append(p.clocks, c)
	return nil
}

// resolution reads if_tsresol: the highest bit set means a power of two, else one of ten.
func resolution(b byte, offset int64) (clock, error) {
	exponent := b & 0x7f
	switch {
	case b&0x80 != 0 && exponent < 64:
		return clock{shift: exponent, offset: offset}, nil
	case b&0x80 == 0 && exponent < 20:
		perSecond := uint64(1)
		for range exponent {
			perSecond *= 10
		}
		return clock{perSecond: perSecond, offset: offset}, nil
	}
	return clock{}, fmt.Errorf("time resolution %#x is finer than any clock", b)
}

// at turns an interface's raw time into a duration.
func (c clock) at(units uint64) time.Duration {
	whole, part := uint64(0), units
	if c.perSecond == 0 {
		whole, part = units>>c.shift, units&(1<<c.shift-1)
	} else {
		whole, part = units/c.perSecond, units%c.perSecond
	}
	return time.Duration(int64(whole)+c.offset)*time.Second + c.fraction(part)
}

func (p *parser) packetBlock(b []byte) error {
	if len(b) < 20 {
		return fmt.Errorf("packet block of %d bytes", len(b))
	}
	return p.frame(int(p.order.Uint32(b)), b[4:])
}

// oldPacketBlock is the obsolete one, with a 16-bit interface and a count of drops behind it.
func (p *parser) oldPacketBlock(b []byte) error {
	if len(b) < 20 {
		return fmt.Errorf("packet block of %d bytes", len(b))
	}
	return p.frame(int(p.order.Uint16(b)), b[4:])
}

// frame reads time(8) captured(4) on the wire(4) data.
func (p *parser) frame(i int, b []byte) error {
	if i >= len(p.clocks) {
		return fmt.Errorf("packet of interface %d, of which there are %d", i, len(p.clocks))
	}
	n := p.order.Uint32(b[8:])
	if uint64(n) > uint64(len(b)-16) {
		return fmt.Errorf("packet of %d bytes in a block that has room for %d", n, len(b)-16)
	}
	units := uint64(p.order.Uint32(b))<<32 | uint64(p.order.Uint32(b[4:]))
	p.out.Frames = append(p.out.Frames, Frame{At: p.clocks[i].at(units), Interface: p.first + i,
		Data: b[16 : 16+n : 16+n], Length: cutLength(n, p.order.Uint32(b[12:]))})
	return nil
}

// simplePacketBlock has neither time nor interface: the first interface, and the time of the frame before.
func (p *parser) simplePacketBlock(b []byte) error {
	if len(b) < 4 || len(p.clocks) == 0 {
		return fmt.Errorf("simple packet block of %d bytes, %d interfaces", len(b), len(p.clocks))
	}
	wire := p.order.Uint32(b)
	n := min(uint64(wire), uint64(len(b)-4))
	f := Frame{Interface: p.first, Data: b[4 : 4+n : 4+n], Length: cutLength(uint32(n), wire)}
	if last := len(p.out.Frames); last > 0 {
		f.At = p.out.Frames[last-1].At
	}
	p.out.Frames = append(p.out.Frames, f)
	return nil
}
