package shell

import (
	"slices"
	"time"
)

// watcher is told of every frame that a machine sends (out is false) or gets.
type watcher struct {
	f func(at time.Duration, port string, out bool, frame []byte)
}

// watch has frames told to f until stop is called.
func (s *Shell) watch(f func(at time.Duration, port string, out bool, frame []byte)) (stop func()) {
	if !s.watched {
		s.watched = true
		s.world.Watch(func(at time.Duration, port string, out bool, frame []byte) {
			for _, w := range slices.Clone(s.watchers) {
				w.f(at, port, out, frame)
			}
		})
	}
	w := &watcher{f}
	s.watchers = append(s.watchers, w)
	return func() {
		s.watchers = slices.DeleteFunc(slices.Clone(s.watchers), func(other *watcher) bool { return other == w })
	}
}
