package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"sync"
	"time"

	"mvdan.cc/sh/v3/expand"
)

// files is the file system of a place, in memory: no file of the real machine is read or written. A machine sees the
// hypervisor's files where it has none of its own, as a network namespace does; what it writes is its own.
type files struct {
	mu   sync.Mutex // the commands of a pipeline run at the same time
	base *files     // nil for the hypervisor
	data map[string][]byte
	dirs map[string]bool
	gone map[string]bool // of the base's
}

func newFiles(base *files) *files {
	return &files{base: base, data: map[string][]byte{}, gone: map[string]bool{},
		dirs: map[string]bool{"/": true, "/tmp": true, "/dev": true, "/root": true, "/etc": true}}
}

// read is a file's text.
func (f *files) read(name string) (string, bool) {
	f.mu.Lock()
	b, ok := f.data[name]
	text, gone := string(b), f.gone[name]
	f.mu.Unlock()
	if ok || gone || f.base == nil {
		return text, ok
	}
	return f.base.read(name)
}

func (f *files) isDir(name string) bool {
	f.mu.Lock()
	ok, gone := f.dirs[name], f.gone[name]
	f.mu.Unlock()
	return ok || !gone && f.base != nil && f.base.isDir(name)
}

// write sets a file's text.
func (f *files) write(name string, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data[name] = text
	delete(f.gone, name)
}

func (f *files) add(name string, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data[name] = append(f.data[name], text...)
}

// mkdir makes a directory and those above it.
func (f *files) mkdir(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ; name != "/"; name = path.Dir(name) {
		f.dirs[name] = true
		delete(f.gone, name)
	}
}

// remove takes a file or a directory with all that is in it away.
func (f *files) remove(name string) {
	for _, n := range f.under(name) {
		f.mu.Lock()
		delete(f.data, n)
		delete(f.dirs, n)
		f.gone[n] = true
		f.mu.Unlock()
	}
}

// under lists a file, or a directory with all that is in it.
func (f *files) under(name string) []string {
	seen := map[string]bool{}
	if f.base != nil {
		for _, n := range f.base.under(name) {
			seen[n] = true
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	in := func(n string) bool { return n == name || strings.HasPrefix(n, strings.TrimSuffix(name, "/")+"/") }
	for n := range f.data {
		seen[n] = seen[n] || in(n)
	}
	for n := range f.dirs {
		seen[n] = seen[n] || in(n)
	}
	var out []string
	for n, ok := range seen {
		if ok && !f.gone[n] {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out
}

// list is what is in a directory, by name.
func (f *files) list(name string) []fs.DirEntry {
	var out []fs.DirEntry
	for _, n := range f.under(name) {
		if n == name || path.Dir(n) != name {
			continue
		}
		text, file := f.read(n)
		out = append(out, fs.FileInfoToDirEntry(fileInfo{name: path.Base(n), size: len(text), dir: !file}))
	}
	return out
}

func (f *files) open(ctx context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
	name = absolute(ctx, name)
	if name == "/dev/null" {
		return &openFile{}, nil
	}
	old, there := f.read(name)
	switch {
	case f.isDir(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("is a directory")}
	case !there && flag&os.O_CREATE == 0, !f.isDir(path.Dir(name)):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case flag&(os.O_WRONLY|os.O_RDWR) == 0:
		return &openFile{rest: strings.NewReader(old)}, nil
	case flag&os.O_APPEND == 0:
		old = ""
	}
	f.write(name, []byte(old))
	return &openFile{files: f, name: name}, nil
}

// openFile is a file being read, or being written, or /dev/null.
type openFile struct {
	rest  *strings.Reader
	files *files
	name  string
}

func (o *openFile) Read(p []byte) (int, error) {
	if o.rest == nil {
		return 0, io.EOF
	}
	return o.rest.Read(p)
}

func (o *openFile) Write(p []byte) (int, error) {
	if o.files != nil {
		o.files.add(o.name, p)
	}
	return len(p), nil
}

func (o *openFile) Close() error { return nil }

// stat looks a file up. The interpreter knows no working directory but /, so a name that is not there may be a relative one.
func (p *place) stat(_ context.Context, name string, _ bool) (fs.FileInfo, error) {
	for _, n := range []string{name, path.Join("/", p.directory, name)} {
		if b, ok := p.files.read(n); ok {
			return fileInfo{name: path.Base(n), size: len(b)}, nil
		}
		if p.files.isDir(n) {
			return fileInfo{name: path.Base(n), dir: true}, nil
		}
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (f *files) readDir(_ context.Context, name string) ([]fs.DirEntry, error) {
	return f.list(path.Clean(name)), nil
}

// fileInfo describes a file in memory; its times are all the beginning of time.
type fileInfo struct {
	name string
	size int
	dir  bool
}

func (i fileInfo) Name() string     { return i.name }
func (i fileInfo) Size() int64      { return int64(i.size) }
func (fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool      { return i.dir }
func (fileInfo) Sys() any           { return nil }
func (i fileInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// path is where a name given to a command leads: relative names start in the working directory.
func (c *call) path(names ...string) string { return absolute(c.ctx, path.Join(names...)) }

// readFile reads a file as a command does, or says that it is not there.
func (c *call) readFile(name string) (string, error) {
	if name == "-" {
		return c.input()
	}
	p := c.path(name)
	text, ok := c.at.files.read(p)
	switch {
	case p == "/dev/null":
		return "", nil
	case c.at.files.isDir(p):
		return "", c.fail(1, "%s: %s: Is a directory", c.args[0], name)
	case !ok:
		return "", c.fail(1, "%s: %s: No such file or directory", c.args[0], name)
	}
	return text, nil
}

// input is all of standard input.
func (c *call) input() (string, error) {
	if c.stdin == nil {
		return "", nil
	}
	var b bytes.Buffer
	_, err := b.ReadFrom(c.stdin)
	return b.String(), err
}

// inputs is the text of the files that were named, or of standard input when none was.
func (c *call) inputs(names []string) (string, error) {
	if len(names) == 0 {
		return c.input()
	}
	var all strings.Builder
	for _, name := range names {
		text, err := c.readFile(name)
		if err != nil {
			return "", err
		}
		all.WriteString(text)
	}
	return all.String(), nil
}

// environment is the variables that a place starts with. Nothing of the real machine's comes in.
type environment struct{ at *place }

// lastJobVariable is what $! becomes.
const lastJobVariable = "OVNSIM_LAST_JOB"

var environ = []struct{ name, value string }{
	{"HOME", "/root"}, {"HOSTNAME", ""}, {lastJobVariable, ""}, {"PATH", "/ovnsim/bin"}, {"PWD", "/"}, {"USER", "root"}, {"LANG", "C.UTF-8"},
}

// Get is a variable's first value.
func (e environment) Get(name string) expand.Variable {
	for _, v := range environ {
		if v.name != name {
			continue
		}
		value := v.value
		switch name {
		case "HOSTNAME":
			value = e.at.host()
		case lastJobVariable:
			value = e.at.shell.lastJobID()
		}
		return expand.Variable{Set: true, Exported: name != lastJobVariable, Kind: expand.String, Str: value}
	}
	return expand.Variable{}
}

// Each calls f with all variables.
func (e environment) Each(f func(string, expand.Variable) bool) {
	for _, v := range environ {
		if v.name != lastJobVariable && !f(v.name, e.Get(v.name)) {
			return
		}
	}
}
