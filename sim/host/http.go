package host

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// server answers one HTTP request as python3 -m http.server does, and closes the connection.
type server struct {
	body    string
	request []byte
	done    bool
}

func (s *server) opened(*conn) {}

func (s *server) received(c *conn, data []byte) {
	s.request = append(s.request, data...)
	if s.done || !bytes.Contains(s.request, []byte("\r\n\r\n")) && !bytes.Contains(s.request, []byte("\n\n")) {
		return
	}
	s.done = true
	method, _, _ := strings.Cut(string(s.request), " ")
	status, body := "200 OK", s.body
	if method != "GET" && method != "HEAD" {
		status, body = "501 Unsupported method", ""
	}
	date := time.Unix(0, int64(c.h.now)).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	head := fmt.Sprintf("HTTP/1.0 %s\r\nServer: SimpleHTTP/0.6 Python/3.11.7\r\nDate: %s\r\nContent-type: text/html\r\nContent-Length: %d\r\nLast-Modified: %s\r\n\r\n",
		status, date, len(body), date)
	c.write([]byte(head))
	if method != "HEAD" {
		c.write([]byte(body))
	}
	c.close()
}

func (s *server) finished(c *conn)           { c.close() }
func (s *server) failed(*conn, Stop, string) {}

// Request is what curl is asked for.
type Request struct {
	URL     string        // http://ADDRESS[:PORT][/PATH]; the scheme may be missing
	From    uint16        // the port to come from; 0 for the machine's choice
	Source  netip.Addr    // the address to come from; the machine's choice when not given
	Timeout time.Duration // of the whole; 0 waits as long as TCP does
	Done    func(*Fetch)  // called when it is done; may be nil
}

// Fetch is a request under way. Its results are read when Done.
type Fetch struct {
	Request       Request
	Local, Remote netip.AddrPort
	Began, Ended  time.Duration

	Done   bool
	Exit   int    // what curl returns: 0, 7 refused or unreachable, 28 timed out, …
	Stop   Stop   // how far it came
	Detail string // a sentence for people; "" when Stop says it all
	Status int    // of the HTTP answer
	Body   string

	h       *Host
	conn    *conn
	answer  []byte
	timeout *timer
}

// Get asks for a URL, as curl does. It returns at once; the result is complete when Done.
func (h *Host) Get(now time.Duration, r Request) *Fetch {
	h.now = now
	f := &Fetch{Request: r, Began: now, h: h}
	remote, host, path, err := target(r.URL)
	if err != nil {
		f.end(BadRequest, err.Error())
		return f
	}
	f.Remote = remote
	_, src, ok := h.way(remote.Addr())
	if r.Source.IsValid() {
		src = r.Source
	}
	if !ok {
		f.end(NoRoute, fmt.Sprintf("%s has no route to %s", h.Name(), remote.Addr()))
		return f
	}
	port := r.From
	if port == 0 {
		port = h.freePort(func(p uint16) bool { return h.conns[flow{netip.AddrPortFrom(src, p), remote}] == nil })
	}
	f.Local = netip.AddrPortFrom(src, port)
	if old := h.conns[flow{f.Local, remote}]; old != nil {
		old.remove()
	}
	f.conn = h.newConn(flow{f.Local, remote}, &client{fetch: f, host: host, path: path}, false)
	if r.Timeout > 0 {
		f.timeout = h.timers.at(now+r.Timeout, f.expire)
	}
	if f.conn.dial() != nil {
		f.conn.end(NoRoute, "")
	}
	h.settle()
	return f
}

// target reads a URL: where to connect to, the Host header and the path.
func target(text string) (remote netip.AddrPort, host, path string, err error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return remote, "", "", err
	}
	if u.Scheme != "http" {
		return remote, "", "", fmt.Errorf("%s: machines speak plain HTTP only", text)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil || addr.Zone() != "" {
		return remote, "", "", fmt.Errorf("%s: %q is no IP address; machines know no names", text, u.Hostname())
	}
	port := uint64(80)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return remote, "", "", fmt.Errorf("%s: %q is no port", text, u.Port())
		}
	}
	path = u.RequestURI()
	return netip.AddrPortFrom(addr, uint16(port)), u.Host, path, nil
}

// expire: the time is up, wherever the request is.
func (f *Fetch) expire() {
	c := f.conn
	why, detail := NoReply, ""
	if c.state == synSent {
		why = NoAnswer
		if hop, _, ok := f.h.way(f.Remote.Addr()); ok && !f.h.has(hop) {
			if _, known := f.h.Neighbour(hop); !known {
				why, detail = NoNeighbour, fmt.Sprintf("nobody answered for %s", hop)
			}
		}
	}
	if c.state != synSent { // Linux closes what it has; with unread questions open that is a FIN
		c.close()
	} else {
		c.remove()
	}
	f.end(why, detail)
	f.Exit = 28
}

// end completes the result.
func (f *Fetch) end(why Stop, detail string) {
	if f.Done {
		return
	}
	f.timeout.stop()
	f.Done, f.Stop, f.Detail, f.Ended = true, why, detail, f.h.now
	f.Exit = exits[why]
	if f.Request.Done != nil {
		f.Request.Done(f)
	}
}

// String prints the result as curl would show it, and what it cannot: "i am vm1" or "curl 28: no answer".
func (f *Fetch) String() string {
	switch {
	case !f.Done:
		return "under way"
	case f.Exit == 0:
		return strings.TrimSuffix(f.Body, "\n")
	case f.Detail != "":
		return fmt.Sprintf("curl %d: %s: %s", f.Exit, f.Stop, f.Detail)
	}
	return fmt.Sprintf("curl %d: %s", f.Exit, f.Stop)
}

// client is curl's side of a connection.
type client struct {
	fetch      *Fetch
	host, path string
}

func (k *client) opened(c *conn) {
	c.write([]byte("GET " + k.path + " HTTP/1.1\r\nHost: " + k.host + "\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"))
}

func (k *client) received(c *conn, data []byte) {
	k.fetch.answer = append(k.fetch.answer, data...)
	if k.fetch.parse(false) {
		k.succeed(c)
	}
}

func (k *client) finished(c *conn) {
	if k.fetch.Done {
		c.close()
		return
	}
	if k.fetch.parse(true) {
		k.succeed(c)
		return
	}
	k.fetch.end(EmptyReply, "")
	c.close()
}

func (k *client) succeed(c *conn) {
	if !k.fetch.Done {
		k.fetch.end(Answered, "")
	}
	c.close()
}

func (k *client) failed(_ *conn, why Stop, detail string) { k.fetch.end(why, detail) }

// parse reads the answer as far as it is there. It tells whether it is complete: by its length, or by the end of the
// connection.
func (f *Fetch) parse(ended bool) bool {
	head, body, ok := bytes.Cut(f.answer, []byte("\r\n\r\n"))
	if !ok {
		return false
	}
	line, fields, _ := strings.Cut(string(head), "\r\n")
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/") {
		return false
	}
	f.Status, _ = strconv.Atoi(words[1])
	length := -1
	for field := range strings.SplitSeq(fields, "\r\n") {
		if name, value, _ := strings.Cut(field, ":"); strings.EqualFold(name, "Content-Length") {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
				length = n
			}
		}
	}
	f.Body = string(body)
	if length >= 0 && len(body) >= length {
		f.Body = string(body[:length])
		return true
	}
	return ended && length < 0
}

// Serving lists the ports on which HTTP servers answer, in order.
func (h *Host) Serving() []uint16 { return slices.Sorted(maps.Keys(h.listeners)) }
