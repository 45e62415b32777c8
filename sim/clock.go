package sim

import (
	"container/heap"
	"time"
)

// Clock is virtual time: it stands still while anything happens and jumps to the next timer when nothing is left to do.
// Timers of the same moment ring in the order in which they were set. The zero Clock is at time 0 with no timers.
type Clock struct {
	now    time.Duration
	timers timerHeap
	set    uint64 // how many timers were ever set
}

// Timer is a call at a moment of virtual time.
type Timer struct {
	at    time.Duration
	order uint64
	call  func()
	index int // in the heap; -1 once rung or stopped
}

// Now is the time since the simulation began.
func (c *Clock) Now() time.Duration { return c.now }

// At has f called at a moment; a moment that has passed means as soon as possible.
func (c *Clock) At(at time.Duration, f func()) *Timer {
	t := &Timer{at: max(at, c.now), order: c.set, call: f}
	c.set++
	heap.Push(&c.timers, t)
	return t
}

// Stop takes a timer back; one that has rung stays rung.
func (c *Clock) Stop(t *Timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&c.timers, t.index)
	}
}

// Step rings the next timer if it is due by until, and tells whether it did. Without one the clock moves on to until.
func (c *Clock) Step(until time.Duration) bool {
	if len(c.timers) == 0 || c.timers[0].at > until {
		c.now = max(c.now, until)
		return false
	}
	t := heap.Pop(&c.timers).(*Timer)
	c.now = t.at
	t.call()
	return true
}

// Idle tells whether no timer is set.
func (c *Clock) Idle() bool { return len(c.timers) == 0 }

// Next is when the next timer rings.
func (c *Clock) Next() (time.Duration, bool) {
	if len(c.timers) == 0 {
		return 0, false
	}
	return c.timers[0].at, true
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].order < h[j].order
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	t.index = -1
	*h = old[:len(old)-1]
	return t
}
