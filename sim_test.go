package ovnsim_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/simtest"
)

const labFile = "examples/lab/lab.yaml"

// balance attaches a balancer of vm1 and vm2 to a switch or a router.
func balance(l *simtest.Lab, vip, table, name string) {
	l.Run(`uuid=$(ovn-nbctl create load_balancer vips:` + vip + `="172.16.255.130,172.16.255.131")
		ovn-nbctl set ` + table + ` ` + name + ` load_balancer=$uuid`)
}

// ask counts the outcomes of a number of equal requests.
func ask(l *simtest.Lab, times int, from, url string, check func(*lab.Result)) map[string]int {
	outcomes := map[string]int{}
	for range times {
		r := l.Get(from, url)
		outcomes[r.Outcome]++
		check(r)
	}
	return outcomes
}

const (
	outside = "10.127.0.254"  // the VIP for clients outside
	inside  = "172.16.255.62" // the VIP for machines inside
)

func url(vip string) string { return "http://" + vip + ":8000" }

// The article's first half: on a router, load balancing works where the router is centralized.
func TestBalancerOnTheGatewayRouter(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, outside, "logical_router", "edge1")
	got := ask(l, 40, "client", url(outside), func(r *lab.Result) { simtest.BalancedBy(t, r, "edge1") })
	assert.Greater(t, got["i am vm1"], 10, "about half each: %v", got)
	assert.Greater(t, got["i am vm2"], 10, "about half each: %v", got)
	assert.Equal(t, 40, got["i am vm1"]+got["i am vm2"])
}

func TestBalancerOnTheDistributedRouter(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, outside, "logical_router", "tenant1")
	r := l.Get("client", url(outside))
	simtest.Fails(t, r, lab.TimedOut)
	simtest.NotBalanced(t, r, explain.RouterNotCentralized)
}

// Its second half, the caveat: on a switch, what counts is where the client is.
func TestBalancerOnTheClientsSwitch(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, inside, "logical_switch", "inside")
	for _, client := range []string{"vm3", "vm4"} {
		got := ask(l, 20, client, url(inside), func(r *lab.Result) { simtest.BalancedBy(t, r, "inside") })
		assert.Equal(t, 20, got["i am vm1"]+got["i am vm2"], "%s: %v", client, got)
		assert.Len(t, got, 2, client)
	}
	for _, server := range []string{"vm1", "vm2"} {
		r := l.Get(server, url(inside))
		simtest.Fails(t, r, lab.NoRoute)
		simtest.NotBalanced(t, r, explain.NeverLeftHost)
	}
}

func TestBalancerOnTheServersSwitch(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, inside, "logical_switch", "dmz")
	for _, client := range []string{"vm3", "vm4"} {
		r := l.Get(client, url(inside))
		simtest.Fails(t, r, lab.TimedOut)
		simtest.NotBalanced(t, r, explain.NotOnPath)
	}
}

// What the article does not say: dmz is the client's switch for vm1 and vm2 themselves. All they lack is a route.
func TestServersAreClientsToo(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, inside, "logical_switch", "dmz")
	simtest.NotBalanced(t, l.Get("vm1", url(inside)), explain.NeverLeftHost)
	l.Run(`for vm in vm1 vm2; do ip netns exec $vm ip route add default via 172.16.255.129; done`)
	hairpins := 0
	for _, client := range []string{"vm1", "vm2"} {
		got := ask(l, 20, client, url(inside), func(r *lab.Result) {
			simtest.BalancedBy(t, r, "dmz")
			if r.Verdicts[0].Hairpin {
				hairpins++
			}
		})
		assert.Equal(t, 20, got["i am vm1"]+got["i am vm2"], "%s: %v", client, got)
	}
	assert.Positive(t, hairpins, "some of them came back to their sender")
}

func TestAStoppedServerKeepsItsShare(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, inside, "logical_switch", "inside")
	l.Run(`ip netns exec vm2 pkill -f http.server`)
	got := ask(l, 20, "vm3", url(inside), func(r *lab.Result) { simtest.BalancedBy(t, r, "inside") })
	assert.Positive(t, got["i am vm1"])
	assert.Positive(t, got[string(lab.Refused)])
}

// A balancer does not give its servers a way back.
func TestAServerWithoutItsRouteBack(t *testing.T) {
	l := simtest.Load(t, labFile)
	balance(l, outside, "logical_router", "edge1")
	l.Run(`ip netns exec vm1 ip route del 10.127.0.0/16`)
	got := ask(l, 20, "client", url(outside), func(r *lab.Result) {
		if r.Exit == 0 {
			return
		}
		assert.Equal(t, "vm1", r.Flow.Lost[0].Machine, "the reply never left vm1")
	})
	assert.Positive(t, got["i am vm2"])
	assert.Positive(t, got[string(lab.TimedOut)])
}

// The lab file expects the same of itself.
func TestEveryScenarioOfTheLabFile(t *testing.T) {
	l, err := lab.Load(labFile)
	assert.NoError(t, err)
	for _, s := range l.Scenarios {
		o, err := l.Play(s, nil)
		if assert.NoError(t, err, s.Name) {
			assert.True(t, o.Pass(), "%s: %+v", s.Name, o.Asked)
		}
	}
}
