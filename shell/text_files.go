package shell

import (
	"path"
	"strings"
)

func cat(c *call) error {
	text, err := c.inputs(operands(c.args[1:]))
	if err != nil {
		return err
	}
	c.print("%s", text)
	return nil
}

// operands are the arguments that are no options; "-" is one.
func operands(args []string) []string {
	var out []string
	for i, a := range args {
		if a == "--" {
			return append(out, args[i+1:]...)
		}
		if a == "-" || !strings.HasPrefix(a, "-") {
			out = append(out, a)
		}
	}
	return out
}

// has tells whether one of the arguments is a short option.
func has(args []string, option byte) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		if len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.IndexByte(a, option) > 0 {
			return true
		}
	}
	return false
}

func tee(c *call) error {
	text, err := c.input()
	if err != nil {
		return err
	}
	for _, name := range operands(c.args[1:]) {
		if has(c.args[1:], 'a') {
			c.at.files.add(c.path(name), []byte(text))
		} else {
			c.at.files.write(c.path(name), []byte(text))
		}
	}
	c.print("%s", text)
	return nil
}

func mkdir(c *call) error {
	for _, name := range operands(c.args[1:]) {
		p := c.path(name)
		_, file := c.at.files.read(p)
		parents := has(c.args[1:], 'p')
		switch {
		case file || c.at.files.isDir(p) && !parents:
			return c.fail(1, "mkdir: cannot create directory '%s': File exists", name)
		case !parents && !c.at.files.isDir(path.Dir(p)):
			return c.fail(1, "mkdir: cannot create directory '%s': No such file or directory", name)
		}
		c.at.files.mkdir(p)
	}
	return nil
}

func rm(c *call) error {
	for _, name := range operands(c.args[1:]) {
		p := c.path(name)
		_, file := c.at.files.read(p)
		switch dir := c.at.files.isDir(p); {
		case !file && !dir && !has(c.args[1:], 'f'):
			return c.fail(1, "rm: cannot remove '%s': No such file or directory", name)
		case dir && !has(c.args[1:], 'r') && !has(c.args[1:], 'R'):
			return c.fail(1, "rm: cannot remove '%s': Is a directory", name)
		}
		c.at.files.remove(p)
	}
	return nil
}

// copyFiles is cp and mv.
func copyFiles(c *call) error {
	names := operands(c.args[1:])
	if len(names) < 2 {
		return c.fail(1, "%s: missing file operand", c.args[0])
	}
	to := c.path(names[len(names)-1])
	for _, name := range names[:len(names)-1] {
		text, err := c.readFile(name)
		if err != nil {
			return err
		}
		dst := to
		if c.at.files.isDir(to) {
			dst = path.Join(to, path.Base(name))
		}
		c.at.files.write(dst, []byte(text))
		if c.args[0] == "mv" && dst != c.path(name) {
			c.at.files.remove(c.path(name))
		}
	}
	return nil
}

func touch(c *call) error {
	for _, name := range operands(c.args[1:]) {
		c.at.files.add(c.path(name), nil)
	}
	return nil
}

func ls(c *call) error {
	names := operands(c.args[1:])
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, name := range names {
		p := c.path(name)
		if _, file := c.at.files.read(p); file {
			c.print("%s\n", name)
			continue
		}
		if !c.at.files.isDir(p) {
			return c.fail(2, "ls: cannot access '%s': No such file or directory", name)
		}
		if len(names) > 1 {
			c.print("%s:\n", name)
		}
		for _, e := range c.at.files.list(p) {
			if !has(c.args[1:], 'l') {
				c.print("%s\n", e.Name())
				continue
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			c.print("%s root root %6d %s\n", info.Mode(), info.Size(), e.Name())
		}
	}
	return nil
}
