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
	"time"

	"mvdan.cc/sh/v3/expand"
)

// files is a session's file system, in memory: no file of the real machine is read or written. Directories are those
// that were made, and those that hold a file.
type files struct {
	data map[string][]byte
	dirs map[string]bool
}

func newFiles() *files {
	return &files{data: map[string][]byte{}, dirs: map[string]bool{"/": true, "/tmp": true, "/dev": true}}
}

func (f *files) read(name string) (string, bool) {
	b, ok := f.data[name]
	return string(b), ok
}

// path is where a name given to a command leads: relative names start in the working directory.
func (c *call) path(names ...string) string {
	return absolute(c.ctx, path.Join(names...))
}

func (f *files) open(ctx context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
	name = absolute(ctx, name)
	if name == "/dev/null" {
		return &openFile{}, nil
	}
	old, there := f.data[name]
	switch {
	case f.dirs[name]:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("is a directory")}
	case !there && flag&os.O_CREATE == 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case !f.dirs[path.Dir(name)]:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case flag&(os.O_WRONLY|os.O_RDWR) == 0:
		return &openFile{rest: bytes.NewReader(old)}, nil
	case flag&os.O_APPEND == 0:
		old = nil
	}
	f.data[name] = old
	return &openFile{files: f, name: name}, nil
}

// openFile is a file being read, or being written, or /dev/null.
type openFile struct {
	rest  *bytes.Reader
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
		o.files.data[o.name] = append(o.files.data[o.name], p...)
	}
	return len(p), nil
}

func (o *openFile) Close() error { return nil }

func (f *files) stat(_ context.Context, name string, _ bool) (fs.FileInfo, error) {
	if b, ok := f.data[name]; ok {
		return fileInfo{name: path.Base(name), size: len(b)}, nil
	}
	if f.dirs[name] {
		return fileInfo{name: path.Base(name), dir: true}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (f *files) readDir(_ context.Context, name string) ([]fs.DirEntry, error) {
	seen := map[string]fs.DirEntry{}
	for file, b := range f.data {
		if path.Dir(file) == name {
			seen[path.Base(file)] = fs.FileInfoToDirEntry(fileInfo{name: path.Base(file), size: len(b)})
		}
	}
	for dir := range f.dirs {
		if path.Dir(dir) == name && dir != "/" {
			seen[path.Base(dir)] = fs.FileInfoToDirEntry(fileInfo{name: path.Base(dir), dir: true})
		}
	}
	out := make([]fs.DirEntry, 0, len(seen))
	for _, e := range seen {
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
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

func cat(c *call) error {
	if len(c.args) == 1 && c.stdin != nil {
		_, err := io.Copy(c.stdout, c.stdin)
		return err
	}
	for _, name := range c.args[1:] {
		text, ok := c.shell.files.read(c.path(name))
		if !ok {
			return c.fail(1, "cat: %s: No such file or directory", name)
		}
		fmt.Fprint(c.stdout, text)
	}
	return nil
}

func mkdir(c *call) error {
	for _, name := range c.args[1:] {
		if strings.HasPrefix(name, "-") {
			continue
		}
		for p := c.path(name); p != "/"; p = path.Dir(p) {
			c.shell.files.dirs[p] = true
		}
	}
	return nil
}

// environment is the variables that a session starts with. Nothing of the real machine's comes in.
type environment struct{}

var environ = map[string]string{"HOME": "/", "PATH": "/bin", "PWD": "/", "USER": "root", "HOSTNAME": "hypervisor"}

func (environment) Get(name string) expand.Variable {
	v, ok := environ[name]
	if !ok {
		return expand.Variable{}
	}
	return expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: v}
}

func (e environment) Each(f func(string, expand.Variable) bool) {
	for _, name := range []string{"HOME", "HOSTNAME", "PATH", "PWD", "USER"} {
		if !f(name, e.Get(name)) {
			return
		}
	}
}
