package lb

import (
	"net/netip"
	"slices"
	"time"
)

// AffinityKey is what a client sticks by: the balancing datapath, the client's address and the VIP it asked for.
type AffinityKey struct {
	Datapath uint32 // tunnel key
	Client   netip.Addr
	VIP      Endpoint
	Proto    uint8
}

// Stick is a learned choice. It lives as long as packets ask for it at least once per Timeout (an OpenFlow idle timeout).
type Stick struct {
	Backend Endpoint
	Timeout time.Duration
	Used    time.Duration // when it was learned or last asked for
}

// Affinity is a chassis' memory of who sticks to which backend (options:affinity_timeout in ovn-nb(5)). The zero value
// remembers nothing and is ready to use.
type Affinity struct{ sticks map[AffinityKey]Stick }

// Lookup answers the backend that the client sticks to at the time now, and starts its timeout anew.
func (a *Affinity) Lookup(k AffinityKey, now time.Duration) (Endpoint, bool) {
	s, ok := a.sticks[k]
	if !ok {
		return Endpoint{}, false
	}
	if now-s.Used >= s.Timeout {
		delete(a.sticks, k)
		return Endpoint{}, false
	}
	s.Used = now
	a.sticks[k] = s
	return s.Backend, true
}

// Learn makes the client stick to the backend. A later choice replaces an earlier one. A timeout that is not positive is
// no affinity and teaches nothing.
func (a *Affinity) Learn(k AffinityKey, backend Endpoint, timeout, now time.Duration) {
	if timeout <= 0 {
		return
	}
	if a.sticks == nil {
		a.sticks = map[AffinityKey]Stick{}
	}
	a.sticks[k] = Stick{Backend: backend, Timeout: timeout, Used: now}
}

// Forget drops every stick to one of the backends, as a change of the balancer does.
func (a *Affinity) Forget(backends ...Endpoint) {
	for k, s := range a.sticks {
		if slices.Contains(backends, s.Backend) {
			delete(a.sticks, k)
		}
	}
}

// Len is the number of sticks, lapsed ones included until somebody asks for them.
func (a *Affinity) Len() int { return len(a.sticks) }
