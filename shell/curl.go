package shell

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ovnsim/sim/host"
)

// curlOptions is curl's command line, as far as it is simulated.
type curlOptions struct {
	silent, showError, fail, include, headOnly, verbose bool
	limit                                               time.Duration
	output, write                                       string
	from                                                uint16
	source                                              netip.Addr
	urls                                                []string
}

// curlFlags are the options without a value, curlValues those with one; what a name means to us is the letter behind it, '-'
// for nothing.
var (
	curlFlags = map[string]byte{"-s": 's', "--silent": 's', "-S": 'S', "--show-error": 'S', "-f": 'f', "--fail": 'f', "-i": 'i', "--include": 'i',
		"-I": 'I', "--head": 'I', "-v": 'v', "--verbose": 'v', "-g": '-', "-4": '-', "-6": '-', "-L": '-', "--location": '-', "-k": '-', "-N": '-', "--no-progress-meter": '-', "--globoff": '-'}
	curlValues = map[string]byte{"-m": 'm', "--max-time": 'm', "--connect-timeout": 'm', "-o": 'o', "--output": 'o', "-w": 'w', "--write-out": 'w',
		"--local-port": 'p', "--interface": 'a', "--noproxy": '-', "-A": '-', "--user-agent": '-', "-H": '-', "--header": '-', "--url": 'u', "--retry": '-'}
)

func (c *call) curlOptions() (*curlOptions, error) {
	o := &curlOptions{}
	for i := 1; i < len(c.args); i++ {
		a := c.args[i]
		if !strings.HasPrefix(a, "-") || a == "-" {
			o.urls = append(o.urls, a)
			continue
		}
		value, attached := "", false
		if len(a) > 2 && a[1] != '-' { // -sS, -m2, -so FILE
			if _, valued := curlValues[a[:2]]; valued {
				a, value, attached = a[:2], a[2:], true
			} else {
				c.args = append(append(append([]string{}, c.args[:i+1]...), "-"+a[2:]), c.args[i+1:]...)
				a = a[:2]
			}
		}
		meaning, valued := curlValues[a]
		if flag, ok := curlFlags[a]; ok {
			o.set(flag)
			continue
		}
		if !valued {
			return nil, c.fail(2, "curl: option %s: is not simulated\ncurl: try 'help curl' for more information", a)
		}
		if !attached {
			if i++; i >= len(c.args) {
				return nil, c.fail(2, "curl: option %s: requires parameter", a)
			}
			value = c.args[i]
		}
		if err := o.take(meaning, value); err != nil {
			return nil, c.fail(2, "curl: option %s: %v", a, err)
		}
	}
	if len(o.urls) == 0 {
		return nil, c.fail(2, "curl: (2) no URL specified")
	}
	return o, nil
}

func (o *curlOptions) set(flag byte) {
	switch flag {
	case 's':
		o.silent = true
	case 'S':
		o.showError = true
	case 'f':
		o.fail = true
	case 'i':
		o.include = true
	case 'I':
		o.headOnly = true
	case 'v':
		o.verbose = true
	}
}

func (o *curlOptions) take(meaning byte, value string) error {
	var err error
	switch meaning {
	case 'm':
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || seconds < 0 || seconds > 1e8 || seconds != seconds {
			return errors.New("expected a proper numerical parameter")
		}
		if d := time.Duration(seconds * float64(time.Second)); o.limit == 0 || d < o.limit {
			o.limit = d
		}
	case 'o':
		o.output = value
	case 'w':
		o.write = value
	case 'p':
		low, _, _ := strings.Cut(value, "-")
		n, err := strconv.ParseUint(low, 10, 16)
		if err != nil {
			return errors.New("expected a proper numerical parameter")
		}
		o.from = uint16(n)
	case 'a':
		o.source, err = netip.ParseAddr(strings.TrimPrefix(value, "host!"))
		if err != nil {
			o.source = netip.Addr{} // a device: there is only one
		}
	case 'u':
		o.urls = append(o.urls, value)
	}
	return nil
}

func curl(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	o, err := c.curlOptions()
	if err != nil {
		return err
	}
	var last error
	for _, u := range o.urls {
		last = c.fetch(h, o, u)
	}
	return last
}

// fetch asks for one URL.
func (c *call) fetch(h *host.Host, o *curlOptions, target string) error {
	code, message := checkURL(target)
	if code != 0 {
		return c.curlFailed(o, code, message)
	}
	s := c.shell
	net := s.world.Sim()
	f := h.Get(net.Now(), host.Request{URL: target, From: o.from, Source: o.source, Timeout: o.limit})
	if !s.until(c.ctx, 0, func() bool { return f.Done }) {
		return &ExitError{130}
	}
	s.settle(c.ctx)
	code, message = f.Exit, curlMessage(f)
	if o.verbose {
		c.verbose(f)
	}
	if code == 0 && o.fail && f.Status >= 400 {
		code, message = 22, fmt.Sprintf("The requested URL returned error: %d", f.Status)
	}
	if code == 0 || f.Body != "" && code != 22 {
		text := f.Body
		if o.headOnly {
			text = ""
		}
		if o.include || o.headOnly {
			text = f.Header() + text
		}
		switch o.output {
		case "", "-":
			c.print("%s", text)
		case "/dev/null":
		default:
			c.at.files.write(c.path(o.output), []byte(text))
		}
	}
	c.print("%s", writeOut(o.write, f, code, message))
	if code != 0 {
		return c.curlFailed(o, code, message)
	}
	return nil
}

func (c *call) curlFailed(o *curlOptions, code int, message string) error {
	if !o.silent || o.showError {
		return c.fail(code, "curl: (%d) %s", code, message)
	}
	return &ExitError{code}
}

// checkURL finds what curl says of a URL before it sends anything.
func checkURL(target string) (code int, message string) {
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	u, err := url.Parse(target)
	switch {
	case err != nil && strings.Contains(err.Error(), "invalid port"):
		return 3, "URL rejected: Port number was not a decimal number between 0 and 65535"
	case err != nil || u.Hostname() == "":
		return 3, "URL rejected: Malformed input to a URL function"
	case u.Scheme != "http":
		return 1, fmt.Sprintf("Protocol \"%s\" not supported or disabled in libcurl", u.Scheme)
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return 3, "URL rejected: Port number was not a decimal number between 0 and 65535"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil {
		return 6, "Could not resolve host: " + u.Hostname()
	}
	return 0, ""
}

// curlMessage is what curl says of a request that failed.
func curlMessage(f *host.Fetch) string {
	took := (f.Ended - f.Began).Milliseconds()
	at := fmt.Sprintf("%s port %d after %d ms", f.Remote.Addr(), f.Remote.Port(), took)
	switch {
	case f.Exit == 0:
		return ""
	case f.Exit == 28 && f.Stop == host.NoReply:
		return fmt.Sprintf("Operation timed out after %d milliseconds with %d bytes received", took, len(f.Body))
	case f.Exit == 28 && f.Request.Timeout > 0:
		return fmt.Sprintf("Connection timed out after %d milliseconds", took)
	case f.Exit == 28:
		return "Failed to connect to " + at + ": Connection timed out"
	case f.Stop == host.Refused:
		return "Failed to connect to " + at + ": Connection refused"
	case f.Exit == 7:
		return "Failed to connect to " + at + ": No route to host"
	case f.Stop == host.EmptyReply:
		return "Empty reply from server"
	case f.Stop == host.Broken:
		return "Recv failure: Connection reset by peer"
	}
	return f.Stop.String()
}

// verbose tells what curl -v tells.
func (c *call) verbose(f *host.Fetch) {
	say := func(format string, args ...any) { fmt.Fprintf(c.stderr, format+"\n", args...) }
	say("*   Trying %s...", f.Remote)
	if f.Status == 0 {
		say("* %s", curlMessage(f))
		say("* Closing connection 0")
		return
	}
	say("* Connected to %s (%s) port %d (#0)", f.Remote.Addr(), f.Remote.Addr(), f.Remote.Port())
	say("> GET / HTTP/1.1\n> Host: %s\n> User-Agent: curl/7.88.1\n> Accept: */*\n> ", f.Remote)
	for line := range strings.SplitSeq(strings.TrimSuffix(f.Header(), "\r\n"), "\r\n") {
		say("< %s", line)
	}
	say("* Closing connection 0")
}

// writeOut fills in the format of curl -w.
func writeOut(format string, f *host.Fetch, code int, message string) string {
	seconds := fmt.Sprintf("%.6f", (f.Ended - f.Began).Seconds())
	status := fmt.Sprintf("%03d", f.Status)
	replace := []string{`\n`, "\n", `\t`, "\t", `\r`, "\r", "%%", "%"}
	for name, value := range map[string]string{
		"http_code": status, "response_code": status, "time_total": seconds, "exitcode": strconv.Itoa(code), "errormsg": message,
		"remote_ip": f.Remote.Addr().String(), "remote_port": strconv.Itoa(int(f.Remote.Port())), "size_download": strconv.Itoa(len(f.Body)),
		"local_ip": f.Local.Addr().String(), "local_port": strconv.Itoa(int(f.Local.Port())), "url": f.Request.URL, "url_effective": f.Request.URL,
		"num_connects": "1", "http_version": "1.0",
	} {
		replace = append(replace, "%{"+name+"}", value)
	}
	return strings.NewReplacer(replace...).Replace(format)
}
