package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"ovnsim/pipeline/expr"
)

// Fragment says which part of a packet a fragment carries.
type Fragment struct {
	ID    uint32
	Proto uint8 // of the whole packet
	Start int   // of the data, in bytes of the whole packet's
	End   int   // behind the data
	Last  bool
}

// Fragment reads a fragment's place; ok is false for a whole packet.
func (p *Packet) Fragment() (f Fragment, ok bool) {
	if !p.IsIP() || IPFrag.Get64(&p.Key) == 0 {
		return f, false
	}
	ip := p.ip()
	head := ipHeaderLen(ip)
	if ip[0]>>4 == 4 {
		word := binary.BigEndian.Uint16(ip[6:])
		f = Fragment{ID: uint32(binary.BigEndian.Uint16(ip[4:])), Proto: ip[9], Start: int(word&0x1fff) * 8, Last: word&0x2000 == 0}
	} else {
		head = fragmentHeader(ip) + 8
		b := ip[head-8:]
		word := binary.BigEndian.Uint16(b[2:])
		f = Fragment{ID: binary.BigEndian.Uint32(b[4:]), Proto: b[0], Start: int(word &^ 7), Last: word&1 == 0}
	}
	f.End = f.Start + len(ip) - head
	return f, true
}

// LookLike makes flows take the fragment for the one that another key is of: the first, or a later one.
func (p *Packet) LookLike(other *expr.Key) {
	IPFrag.Set64(&p.Key, IPFrag.Get64(other))
	IPProto.Set64(&p.Key, IPProto.Get64(other))
}

// LookItself ends LookLike.
func (p *Packet) LookItself() {
	f, ok := p.Fragment()
	if !ok {
		return
	}
	p.setFrag(f.Start > 0)
	if f.Start > 0 && p.Is6() {
		f.Proto = laterFragment6
	}
	IPProto.Set64(&p.Key, uint64(f.Proto))
}

// fragmentHeader is the offset of the fragment header in an IPv6 packet that has one.
func fragmentHeader(ip []byte) int {
	proto, at := ip[6], 40
	for proto != 44 {
		n := (int(ip[at+1]) + 1) * 8
		if proto == 51 {
			n = (int(ip[at+1]) + 2) * 4
		}
		proto, at = ip[at], at+n
	}
	return at
}

// ErrReassembly is in every error about fragments that do not make a packet.
var ErrReassembly = errors.New("fragments do not make a packet")

// Reassemble puts fragments together, in order and without gaps. The headers and all that is beside the frame (registers,
// connection tracking) are the first one's.
func Reassemble(parts []*Packet) (*Packet, error) {
	var frame []byte
	next, head, l3 := 0, 0, 0
	for i, p := range parts {
		f, ok := p.Fragment()
		if !ok || f.Start != next || f.Last != (i == len(parts)-1) {
			return nil, fmt.Errorf("%w: part %d has bytes %d to %d", ErrReassembly, i, f.Start, f.End)
		}
		now := p.Encode()
		moved := len(now) - len(p.frame)
		data := now[int(p.at.end)+moved-(f.End-f.Start) : int(p.at.end)+moved]
		if i == 0 {
			l3 = int(p.at.l3) + moved
			head = int(p.at.end) + moved - (f.End - f.Start)
			frame = append(frame, now[:head]...)
		}
		frame, next = append(frame, data...), f.End
	}
	if len(parts) == 0 || len(frame)-l3 > maxFrame {
		return nil, fmt.Errorf("%w: %d bytes", ErrReassembly, len(frame))
	}
	frame = unfragment(frame, l3)
	whole, err := Decode(frame)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReassembly, err)
	}
	whole.adopt(parts[0])
	return whole, nil
}

// unfragment makes the header at l3 that of a whole packet.
func unfragment(frame []byte, l3 int) []byte {
	ip := frame[l3:]
	if ip[0]>>4 == 4 {
		ip[6], ip[7] = 0, 0
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
		head := ip[:int(ip[0]&15)*4]
		head[10], head[11] = 0, 0
		binary.BigEndian.PutUint16(head[10:], internetSum(0, head))
		return frame
	}
	at := fragmentHeader(ip)
	previous := 6 // the byte that says what comes next
	for proto, o := ip[6], 40; o < at; {
		n := (int(ip[o+1]) + 1) * 8
		if proto == 51 {
			n = (int(ip[o+1]) + 2) * 4
		}
		proto, previous, o = ip[o], o, o+n
	}
	ip[previous] = ip[at]
	frame = slices.Delete(frame, l3+at, l3+at+8)
	binary.BigEndian.PutUint16(frame[l3+4:], uint16(len(frame)-l3-40))
	return frame
}

// beside are the fields that do not come from the frame, registers included.
var beside = [...]expr.Ref{Inport, Outport, CTState, CTMark, CTLabel, expr.CTNwDst, expr.CTIP6Dst, expr.CTTpDst, expr.CTProto,
	expr.RefTo("xxreg0"), expr.RefTo("xxreg1"), expr.RefTo("xreg4"), expr.RefTo("flags"), expr.RefTo("pkt.mark"), expr.RefTo("remote_outport")}

// adopt takes over all that is beside the frame from another packet.
func (p *Packet) adopt(from *Packet) {
	p.Hash, p.CT = from.Hash, from.CT
	for _, r := range beside {
		r.Set(&p.Key, r.Get(&from.Key))
	}
}

// Split cuts a frame's IP packet into fragments of at most mtu bytes, as a sender does. A packet that fits, and one that is
// no IP packet, comes back as it is. id is the identification of IPv6 fragments.
func Split(frame []byte, mtu int, id uint32) [][]byte {
	p, err := Decode(frame)
	if err != nil || !p.IsIP() || p.IPLen() <= mtu || mtu < 68 {
		return [][]byte{frame}
	}
	ip := p.ip()
	ether, head := frame[:p.at.l3:p.at.l3], ipHeaderLen(ip)
	four := ip[0]>>4 == 4
	room := mtu - head
	if !four {
		room -= 8
	}
	room &^= 7
	data := ip[head:]
	var list [][]byte
	for at := 0; at < len(data); at += room {
		end := min(at+room, len(data))
		f := append(append([]byte{}, ether...), ip[:head]...)
		if four {
			f = cut4(f, len(ether), at, end-at, end < len(data))
		} else {
			f = cut6(f, len(ether), at, end-at, end < len(data), id)
		}
		list = append(list, append(f, data[at:end]...))
	}
	return list
}

func cut4(f []byte, l3, at, n int, more bool) []byte {
	ip := f[l3:]
	word := uint16(at / 8)
	if more {
		word |= 0x2000
	}
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+n))
	binary.BigEndian.PutUint16(ip[6:], word)
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], internetSum(0, ip))
	return f
}

// cut6 puts the fragment header behind the IPv6 header; a sender has no other extension headers.
func cut6(f []byte, l3, at, n int, more bool, id uint32) []byte {
	word := uint16(at)
	if more {
		word |= 1
	}
	proto := f[l3+6]
	f[l3+6] = 44
	binary.BigEndian.PutUint16(f[l3+4:], uint16(len(f)-l3-40+8+n))
	f = append(f, proto, 0)
	f = binary.BigEndian.AppendUint16(f, word)
	return binary.BigEndian.AppendUint32(f, id)
}
