package host

import (
	"container/heap"
	"time"
)

// timer is something to be done at a time.
type timer struct {
	at   time.Duration
	turn uint64 // among those of the same time
	do   func() // nil: called off
}

// stop calls the timer off. A nil timer is one that was never set.
func (t *timer) stop() {
	if t != nil {
		t.do = nil
	}
}

// timers is a heap of them.
type timers struct {
	queue queue
	turns uint64
}

func (t *timers) at(at time.Duration, do func()) *timer {
	t.turns++
	one := &timer{at: at, turn: t.turns, do: do}
	heap.Push(&t.queue, one)
	return one
}

// fire does what is due.
func (t *timers) fire(now time.Duration) {
	for at, ok := t.next(); ok && at <= now; at, ok = t.next() {
		one := heap.Pop(&t.queue).(*timer)
		do := one.do
		one.do = nil
		do()
	}
}

// next is the time of the first timer that was not called off.
func (t *timers) next() (time.Duration, bool) {
	for len(t.queue) > 0 && t.queue[0].do == nil {
		heap.Pop(&t.queue)
	}
	if len(t.queue) == 0 {
		return 0, false
	}
	return t.queue[0].at, true
}

type queue []*timer

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].turn < q[j].turn
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*timer)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
