package simnet_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/lab"
	"ovnsim/simnet"
)

// article starts the load-balancing lab with a balancer on the client's switch.
func article(t testing.TB, o ...simnet.Options) *simnet.Network {
	l, err := lab.Load("../examples/lab/lab.yaml")
	require.NoError(t, err)
	p, err := l.Start()
	require.NoError(t, err)
	n := simnet.New(p, o...)
	t.Cleanup(n.Close)
	n.Do(func(p *lab.Play) {
		require.NoError(t, p.Run(`
			uuid=$(ovn-nbctl create load_balancer vips:172.16.255.62="172.16.255.130,172.16.255.131")
			ovn-nbctl set logical_switch inside load_balancer=$uuid`, "test", os.Stderr, os.Stderr))
	})
	return n
}

func serve(t testing.TB, n *simnet.Network, machine string, h http.Handler) {
	l, err := n.Machine(machine).Listen("tcp", ":9000")
	require.NoError(t, err)
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
}

// TestHTTP has the caller's own servers and clients talk through the balancer, many at a time.
func TestHTTP(t *testing.T) {
	n := article(t)
	for _, vm := range []string{"vm1", "vm2"} {
		serve(t, n, vm, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			fmt.Fprintf(w, "%s saw %s with %d bytes", vm, r.RemoteAddr[:14], len(body))
		}))
	}
	var mu sync.Mutex
	answers := map[string]int{}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			transport := &http.Transport{DialContext: n.Machine("vm3").DialContext, DisableKeepAlives: true}
			client := http.Client{Transport: transport, Timeout: time.Minute}
			for range 5 {
				resp, err := client.Post("http://172.16.255.62:9000/", "text/plain", bytes.NewReader(make([]byte, 100_000)))
				if !assert.NoError(t, err) {
					return
				}
				text, err := io.ReadAll(resp.Body)
				assert.NoError(t, err)
				mu.Lock()
				answers[string(text)]++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	one, two := answers["vm1 saw 172.16.255.194 with 100000 bytes"], answers["vm2 saw 172.16.255.194 with 100000 bytes"]
	assert.Equal(t, 40, one+two, "%v", answers)
	assert.Positive(t, one)
	assert.Positive(t, two)
}

// TestKeepAlive asks again over the same connection, which stays with its backend.
func TestKeepAlive(t *testing.T) {
	n := article(t)
	for _, vm := range []string{"vm1", "vm2"} {
		serve(t, n, vm, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, vm, r.RemoteAddr) }))
	}
	client := http.Client{Transport: &http.Transport{DialContext: n.Machine("vm4").DialContext}}
	answers := map[string]int{}
	for range 10 {
		resp, err := client.Get("http://172.16.255.62:9000/")
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		answers[string(text)]++
	}
	assert.Len(t, answers, 1)
}

func TestErrors(t *testing.T) {
	n := article(t, simnet.Options{Speed: 1000}) // 127 seconds of retransmissions are none here
	n.Do(func(p *lab.Play) {
		require.NoError(t, p.Run("ovn-nbctl ls-lb-del inside", "test", os.Stderr, os.Stderr))
	})
	for _, c := range []struct {
		machine, network, address string
		want                      error // or
		text                      string
	}{
		{"vm3", "tcp", "172.16.255.130:1", syscall.ECONNREFUSED, "dial tcp 172.16.255.130:1: connect: connection refused"},
		{"vm1", "tcp", "172.16.255.62:8000", syscall.ENETUNREACH, ""},
		{"client", "tcp", "10.127.0.254:80", syscall.EHOSTUNREACH, ""},
		{"vm3", "tcp", "172.16.255.62:80", syscall.ETIMEDOUT, "dial tcp 172.16.255.62:80: connect: connection timed out"},
		{"vm3", "udp", "172.16.255.130:1", nil, "unknown network udp"},
		{"vm3", "tcp", "example.com:80", nil, "labs have no name service"},
		{"vm9", "tcp", "172.16.255.130:1", nil, `the lab has no machine "vm9"`},
	} {
		_, err := n.Machine(c.machine).Dial(c.network, c.address)
		if c.want != nil {
			assert.ErrorIs(t, err, c.want, c.address)
		}
		assert.ErrorContains(t, err, c.text)
	}
	vm1 := n.Machine("vm1")
	for _, c := range []struct{ address, want string }{
		{":8000", "address already in use"},
		{"10.9.9.9:80", "cannot assign requested address"},
		{"x:80", `"x" is not an IP address`},
		{":http", `"http" is not a port`},
		{"80", "missing port in address"},
	} {
		_, err := vm1.Listen("tcp", c.address)
		assert.ErrorContains(t, err, c.want, c.address)
	}
	l, err := vm1.Listen("tcp", ":0")
	require.NoError(t, err)
	assert.NotZero(t, l.Addr().(*net.TCPAddr).Port)
	assert.NoError(t, l.Close())
	assert.ErrorIs(t, l.Close(), net.ErrClosed)
	_, err = l.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestDeadlinesAndContexts(t *testing.T) {
	n := article(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := n.Machine("vm3").DialContext(ctx, "tcp", "10.99.0.1:80")
	assert.True(t, errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded), "%v", err)
	l, err := n.Machine("vm1").Listen("tcp", ":9001")
	require.NoError(t, err)
	c, err := n.Machine("vm3").Dial("tcp", "172.16.255.130:9001")
	require.NoError(t, err)
	s, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
	_, err = c.Read(make([]byte, 1))
	var netErr net.Error
	require.ErrorAs(t, err, &netErr)
	assert.True(t, netErr.Timeout())
	require.NoError(t, c.SetReadDeadline(time.Time{}))
	data := make([]byte, 1<<20)
	_, _ = rand.Read(data)
	go func() {
		_, err := s.Write(data)
		assert.NoError(t, err)
		assert.NoError(t, s.Close())
	}()
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got))
	assert.NoError(t, c.Close())
	assert.ErrorIs(t, c.Close(), net.ErrClosed)
	_, err = c.Read(make([]byte, 1))
	assert.ErrorIs(t, err, net.ErrClosed)
	_, err = c.Write([]byte("x"))
	assert.ErrorIs(t, err, net.ErrClosed)
	waiting := make(chan error)
	go func() { _, err := l.Accept(); waiting <- err }()
	n.Close()
	assert.ErrorIs(t, <-waiting, net.ErrClosed)
}

// A balancer's servers are the program's own.
func Example() {
	l, _ := lab.Load("../examples/lab/lab.yaml")
	play, _ := l.Start()
	n := simnet.New(play)
	defer n.Close()
	listener, _ := n.Machine("vm1").Listen("tcp", ":9000")
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello from ", r.Host) }))
	}()
	client := http.Client{Transport: &http.Transport{DialContext: n.Machine("vm3").DialContext}}
	answer, err := client.Get("http://172.16.255.130:9000/")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(string(text))
	// Output: hello from 172.16.255.130:9000
}
