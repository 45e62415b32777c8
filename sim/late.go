package sim

import (
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// late is a translation by a ct() that did not recirculate. Open vSwitch works out what flows see before the packet is
// translated, so they go on matching what it was: its old addresses choose the route. What leaves is translated.
type late struct {
	done     bool
	was, now [len(translated)]expr.Value
}

// translated is what a translation changes.
var translated = [...]expr.Ref{packet.IP4Src, packet.IP4Dst, packet.IP6Src, packet.IP6Dst, packet.L4Src, packet.L4Dst}

// newLate compares a packet before and behind a translation.
func newLate(was, now *expr.Key) (t late) {
	for i, field := range translated {
		t.was[i], t.now[i] = field.Get(was), field.Get(now)
		t.done = t.done || t.was[i] != t.now[i]
	}
	return t
}

// undo gives a key the fields that flows still see.
func (t *late) undo(k *expr.Key) {
	for i, field := range translated {
		if t.was[i] != t.now[i] {
			field.Set(k, t.was[i])
		}
	}
}

// apply gives a key the translated fields, but for those that flows have changed since.
func (t *late) apply(k *expr.Key) {
	for i, field := range translated {
		if t.was[i] != t.now[i] && field.Get(k) == t.was[i] {
			field.Set(k, t.now[i])
		}
	}
}
