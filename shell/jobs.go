package shell

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// job is a command that goes on after its line has ended: a server, a capture. It is driven by the simulation, so it runs
// when anything else lets virtual time pass.
type job struct {
	id   int
	at   *place
	args []string
	out  io.Writer    // where it prints
	errs io.Writer    // and complains
	said bytes.Buffer // what it has not printed yet
	last bytes.Buffer // what it has not complained yet
	stop func()       // ends it; may be nil
	over bool

	serves uint16 // the port that it listens on; 0 for a job that ends by itself
	dir    string // that it serves, if it is a web server
}

// firstJob is the process ID of the first job.
const firstJob = 4001

// start makes a job of a call.
func (c *call) start(stop func()) *job {
	s := c.shell
	j := &job{id: firstJob + s.lastJob, at: c.at, args: c.args, out: c.stdout, stop: stop}
	if c.job != nil { // c's own are buffers, which nobody reads any more when the command is over
		j.out, j.errs = c.job.out, c.job.errs
	}
	s.lastJob++
	s.jobs = append(s.jobs, j)
	return j
}

// end ends a job.
func (s *Shell) end(j *job) {
	if j.over {
		return
	}
	j.over = true
	if j.stop != nil {
		j.stop()
	}
	s.jobs = slices.DeleteFunc(s.jobs, func(other *job) bool { return other == j && j.said.Len()+j.last.Len() == 0 })
}

// jobsSaid takes what the jobs have said, to be written when the network is free again.
func (s *Shell) jobsSaid() (write func()) {
	type text struct {
		to   io.Writer
		said []byte
	}
	var all []text
	for _, j := range s.jobs {
		if j.said.Len() > 0 {
			all = append(all, text{j.out, bytes.Clone(j.said.Bytes())})
			j.said.Reset()
		}
		if j.last.Len() > 0 {
			all = append(all, text{j.errs, bytes.Clone(j.last.Bytes())})
			j.last.Reset()
		}
	}
	s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool { return j.over })
	return func() {
		for _, t := range all {
			_, _ = t.to.Write(t.said) // whoever listened may be gone
		}
	}
}

func (s *Shell) lastJobID() string {
	if s.lastJob == 0 {
		return ""
	}
	return strconv.Itoa(firstJob + s.lastJob - 1)
}

// background starts a command that was typed with an &; -f runs one in the foreground that the interpreter has a builtin for.
func background(c *call) error {
	there := *c
	if len(c.args) > 2 && c.args[1] == "-f" {
		there.args = c.args[2:]
		return c.shell.dispatch(&there)
	}
	there.args, there.background = c.args[1:], true
	there.job = &job{out: c.stdout, errs: c.stderr}
	return c.shell.dispatch(&there)
}

func listJobs(c *call) error {
	for i, j := range c.shell.jobs {
		c.print("[%d]   Running                 %s\n", i+1, strings.Join(j.args, " ")+" &")
	}
	return nil
}

// kill ends jobs by their process ID, or %NUMBER as jobs lists them.
func kill(c *call) error {
	for _, word := range c.args[1:] {
		if strings.HasPrefix(word, "-") {
			continue
		}
		j := c.shell.jobNamed(word)
		if j == nil {
			return c.fail(1, "kill: (%s) - No such process", word)
		}
		c.shell.end(j)
	}
	return nil
}

func (s *Shell) jobNamed(word string) *job {
	n, err := strconv.Atoi(strings.TrimPrefix(word, "%"))
	if err != nil {
		return nil
	}
	for i, j := range s.jobs {
		if strings.HasPrefix(word, "%") && n == i+1 || n == j.id {
			return j
		}
	}
	return nil
}

// pkill ends the jobs of the place whose command line holds a word. On a machine -f http.server also stops the servers that
// the machine came with.
func pkill(c *call) error {
	pattern := c.args[len(c.args)-1]
	found := false
	for _, j := range slices.Clone(c.shell.jobs) {
		if j.at == c.at && strings.Contains(strings.Join(j.args, " "), pattern) {
			c.shell.end(j)
			found = true
		}
	}
	h, _ := c.shell.world.Machine(c.at.name)
	if h != nil && strings.Contains("python3 -m http.server", pattern) {
		for _, port := range h.Serving() {
			found = h.Stop(port) || found
		}
	}
	if !found {
		return &ExitError{1} // pkill says nothing when nothing matched
	}
	return nil
}

// waitJobs lets time pass until the jobs that end by themselves have ended: at most a minute, since a capture may wait for
// packets that nobody will send.
func waitJobs(c *call) error {
	ends := func() bool {
		for _, j := range c.shell.jobs {
			if j.serves == 0 {
				return false
			}
		}
		return true
	}
	c.shell.until(c.ctx, c.shell.world.Sim().Now()+time.Minute, ends)
	return nil
}

func absent(c *call) error { return c.fail(1, "%s: is not simulated", c.args[0]) }

func foreground(c *call) error {
	return c.fail(1, "%s: jobs stay in the background here; stop one with kill", c.args[0])
}

// python starts the one Python program that labs use: a web server.
func python(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	port, dir, module := 8000, "", ""
	for i := 1; i < len(c.args); i++ {
		switch a := c.args[i]; {
		case a == "-m" && i+1 < len(c.args):
			i++
			module = c.args[i]
		case (a == "--directory" || a == "-d" || a == "--bind" || a == "-b") && i+1 < len(c.args):
			i++
			if a[len(a)-1] != 'd' || a == "-d" {
				dir = c.args[i]
			}
		case a == "-u":
		default:
			if port, err = strconv.Atoi(a); err != nil || port < 1 || port > 65535 {
				return c.fail(1, "python3: only -m http.server [--directory DIR] PORT is simulated, not %q", a)
			}
		}
	}
	switch {
	case module != "http.server" && module != "":
		return c.fail(1, "/usr/bin/python3: No module named %s", module)
	case module == "":
		return c.fail(1, "python3: only -m http.server [--directory DIR] PORT is simulated")
	case slices.Contains(h.Serving(), uint16(port)):
		return c.fail(1, "OSError: [Errno 98] Address already in use")
	}
	j := c.start(func() { h.Stop(uint16(port)) })
	j.serves, j.dir = uint16(port), c.path(dir)
	h.Serve(j.serves, c.at.page(j.dir))
	c.print("Serving HTTP on 0.0.0.0 port %d (http://0.0.0.0:%d/) ...\n", port, port)
	return nil
}

// refreshServers has the servers serve what is in their files now.
func (s *Shell) refreshServers() {
	for _, j := range s.jobs {
		if h, _ := s.world.Machine(j.at.name); h != nil && j.dir != "" {
			h.Serve(j.serves, j.at.page(j.dir))
		}
	}
}

// page is what a directory's web server answers: index.html, or a list of what there is.
func (p *place) page(dir string) string {
	if text, ok := p.files.read(path.Join(dir, "index.html")); ok {
		return text
	}
	var b strings.Builder
	b.WriteString("<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Directory listing for /</title>\n</head>\n" +
		"<body>\n<h1>Directory listing for /</h1>\n<hr>\n<ul>\n")
	for _, e := range p.files.list(dir) {
		name := e.Name()
		if e.IsDir() {
			name += "/"
		}
		fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a></li>\n", name, name)
	}
	b.WriteString("</ul>\n<hr>\n</body>\n</html>\n")
	return b.String()
}
