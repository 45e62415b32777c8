package northd

import (
	"net/netip"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// text is the type of formats: an untyped constant becomes one by itself, a string made at run time does not, so that
// every match and action that OVN knows is written out somewhere in this package.
type text string

// F fills in a match or an action. Registers go into the format by name, as constants of regs.go:
// F(regDefrag+" == 1 && inport == %s", port.Key). It knows the verbs %s and %d and the types that flows have, and is fmt's
// Sprintf otherwise: a big network has a hundred thousand flows, and this way their arguments cost no memory.
func F(format text, args ...any) string {
	if len(args) == 0 {
		return string(format)
	}
	room := make([]byte, 0, 200)
	rest := string(format)
	for _, arg := range args {
		at := strings.IndexByte(rest, '%')
		if at < 0 || at+1 == len(rest) || rest[at+1] != 's' && rest[at+1] != 'd' {
			panic("F: " + string(format) + " has no verb for an argument")
		}
		room = append(room, rest[:at]...)
		rest = rest[at+2:]
		switch v := arg.(type) {
		case string:
			room = append(room, v...)
		case int:
			room = strconv.AppendInt(room, int64(v), 10)
		case int64:
			room = strconv.AppendInt(room, v, 10)
		case uint64:
			room = strconv.AppendUint(room, v, 10)
		case uint32:
			room = strconv.AppendUint(room, uint64(v), 10)
		case uint16:
			room = strconv.AppendUint(room, uint64(v), 10)
		case uint8:
			room = strconv.AppendUint(room, uint64(v), 10)
		case mac:
			room = v.appendTo(room)
		case netip.Addr:
			room = v.AppendTo(room)
		case netip.Prefix:
			room = v.AppendTo(room)
		case network:
			room = v.AppendTo(room)
		case ovsdb.UUID:
			room = append(room, v.String()...)
		case pipeline.Pipeline:
			room = append(room, v.String()...)
		default:
			panic("F: " + string(format) + " has an argument of a type that flows have not; see TestFormats")
		}
	}
	if strings.IndexByte(rest, '%') >= 0 {
		panic("F: " + string(format) + " has more verbs than arguments")
	}
	return string(append(room, rest...))
}
