package shell

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// split is a text's lines without their ends.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// flags is a command line taken apart: letters that stand alone, letters with a value, and the rest.
type flags struct {
	set    map[byte]bool
	values map[byte]string
	rest   []string
}

// parseFlags reads short options: those in alone have no value, those in valued do. ok is false for any other, which the
// error then names.
func (c *call) parseFlags(alone, valued string) (*flags, error) {
	f := &flags{set: map[byte]bool{}, values: map[byte]string{}}
	args := c.args[1:]
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			f.rest = append(f.rest, args[i+1:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			f.rest = append(f.rest, a)
			continue
		}
		for j := 1; j < len(a); j++ {
			switch o := a[j]; {
			case strings.IndexByte(alone, o) >= 0:
				f.set[o] = true
			case strings.IndexByte(valued, o) >= 0:
				value := a[j+1:]
				if value == "" {
					if i++; i >= len(args) {
						return nil, c.fail(2, "%s: option requires an argument -- '%c'\nusage: %s", c.args[0], o, find(c.args[0]).usage)
					}
					value = args[i]
				}
				if o == 'e' && f.set[o] { // grep's patterns and sed's scripts add up, as lines of one
					value = f.values[o] + "\n" + value
				}
				f.set[o], f.values[o] = true, value
				j = len(a)
			default:
				return nil, c.fail(2, "%s: option %s is not simulated\nusage: %s", c.args[0], a, find(c.args[0]).usage)
			}
		}
	}
	return f, nil
}

// number is the value of an option that counts.
func (c *call) number(f *flags, option byte, otherwise int) (int, error) {
	text, ok := f.values[option]
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, c.fail(1, "%s: invalid number: '%s'", c.args[0], text)
	}
	return n, nil
}

func grep(c *call) error {
	for i, a := range c.args {
		c.args[i] = strings.TrimSuffix(strings.TrimPrefix(a, "--color"), "=never")
	}
	c.args = slices.DeleteFunc(c.args, func(a string) bool { return a == "" && len(c.args) > 2 })
	f, err := c.parseFlags("cvEFPGioqwnxrhsaH", "eABCm")
	if err != nil {
		return err
	}
	pattern, named := f.values['e']
	if !named {
		if len(f.rest) == 0 {
			return c.usage()
		}
		pattern, f.rest = f.rest[0], f.rest[1:]
	}
	re, err := grepPattern(pattern, f.set)
	if err != nil {
		return c.fail(2, "grep: %s: %v", pattern, err)
	}
	text, err := c.inputs(f.rest)
	if err != nil {
		return &ExitError{2}
	}
	before, err := c.number(f, 'B', 0)
	if err != nil {
		return err
	}
	after, err := c.number(f, 'A', 0)
	if err != nil {
		return err
	}
	if f.set['C'] {
		if before, err = c.number(f, 'C', 0); err != nil {
			return err
		}
		after = before
	}
	most, err := c.number(f, 'm', -1)
	if err != nil {
		return err
	}
	return c.grepLines(split(text), re, f.set, before, after, most)
}

// grepPattern makes a regular expression of grep's kind one of Go's: in a basic one ?, +, {, |, ( and ) stand for themselves
// unless a backslash is before them.
func grepPattern(pattern string, set map[byte]bool) (*regexp.Regexp, error) {
	lines := strings.Split(pattern, "\n") // any of them
	for i, line := range lines {
		switch {
		case set['F']:
			lines[i] = regexp.QuoteMeta(line)
		case !set['E'] && !set['P']:
			lines[i] = basic(line)
		}
	}
	pattern = strings.Join(lines, "|")
	if set['w'] {
		pattern = `\b(?:` + pattern + `)\b`
	}
	if set['x'] {
		pattern = `^(?:` + pattern + `)$`
	}
	if set['i'] {
		pattern = "(?i)" + pattern
	}
	return regexp.Compile(pattern)
}

// basic turns a basic regular expression (POSIX) into an extended one.
func basic(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		ch := pattern[i]
		switch {
		case ch == '\\' && i+1 < len(pattern):
			i++
			if strings.IndexByte("?+{}|()", pattern[i]) < 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(pattern[i])
		case ch == '*' && (i == 0 || i == 1 && pattern[0] == '^'):
			b.WriteString(`\*`)
		case strings.IndexByte("?+{}|()", ch) >= 0:
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch == '[':
			end := strings.IndexByte(pattern[min(i+2, len(pattern)):], ']')
			if end < 0 {
				b.WriteByte(ch)
				continue
			}
			end += i + 2
			b.WriteString(strings.ReplaceAll(pattern[i:end+1], `\`, `\\`))
			i = end
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

func (c *call) grepLines(lines []string, re *regexp.Regexp, set map[byte]bool, before, after, most int) error {
	count, shown := 0, -1
	for i, line := range lines {
		if re.MatchString(line) == set['v'] || most >= 0 && count >= most {
			if shown >= 0 && i <= shown+after && !set['c'] && !set['q'] && !set['o'] && count > 0 {
				c.print("%s\n", line)
			}
			continue
		}
		count++
		switch {
		case set['q'] || set['c']:
		case set['o']:
			for _, m := range re.FindAllString(line, -1) {
				c.print("%s\n", m)
			}
		default:
			from := i
			for from > 0 && i-from < before && from-1 > shown+after {
				from--
			}
			for _, l := range lines[from:i] {
				c.print("%s\n", l)
			}
			if set['n'] {
				c.print("%d:", i+1)
			}
			c.print("%s\n", line)
			shown = i
		}
	}
	if set['c'] {
		c.print("%d\n", count)
	}
	if count == 0 {
		return &ExitError{1}
	}
	return nil
}

// lineCount reads head's and tail's number: -n 5, -n5, -5.
func (c *call) lineCount() (n string, files []string, err error) {
	n = "10"
	args := c.args[1:]
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case (a == "-n" || a == "--lines") && i+1 < len(args):
			i++
			n = args[i]
		case strings.HasPrefix(a, "--lines="):
			n = a[len("--lines="):]
		case strings.HasPrefix(a, "-n"):
			n = a[2:]
		case a == "-f" || a == "-q":
		case len(a) > 1 && a[0] == '-':
			n = a[1:]
		default:
			files = append(files, a)
		}
	}
	if _, err := strconv.Atoi(n); err != nil {
		return "", nil, c.fail(1, "%s: invalid number of lines: '%s'", c.args[0], n)
	}
	return n, files, nil
}

// counted is what head and tail work on: the count as it was written and as a number, and the lines of the files.
func (c *call) counted() (n string, count int, lines []string, err error) {
	n, files, err := c.lineCount()
	if err != nil {
		return "", 0, nil, err
	}
	text, err := c.inputs(files)
	if err != nil {
		return "", 0, nil, err
	}
	count, err = strconv.Atoi(n) // lineCount has looked already, but for the "+" of tail
	return n, count, split(text), err
}

func head(c *call) error {
	_, count, lines, err := c.counted()
	if err != nil {
		return err
	}
	if count < 0 {
		count = max(0, len(lines)+count)
	}
	c.lines(lines[:min(count, len(lines))])
	return nil
}

func tail(c *call) error {
	n, count, lines, err := c.counted()
	if err != nil {
		return err
	}
	from := len(lines) - max(count, -count)
	if n[0] == '+' {
		from = count - 1
	}
	c.lines(lines[min(max(from, 0), len(lines)):])
	return nil
}

func (c *call) lines(lines []string) {
	for _, l := range lines {
		c.print("%s\n", l)
	}
}

func wc(c *call) error {
	f, err := c.parseFlags("lwcm", "")
	if err != nil {
		return err
	}
	text, err := c.inputs(f.rest)
	if err != nil {
		return err
	}
	var out []string
	for _, part := range []struct {
		option byte
		n      int
	}{{'l', strings.Count(text, "\n")}, {'w', len(strings.Fields(text))}, {'c', len(text)}} {
		if len(f.set) == 0 || f.set[part.option] {
			out = append(out, strconv.Itoa(part.n))
		}
	}
	if len(f.rest) == 1 {
		out = append(out, f.rest[0])
	}
	c.print("%s\n", strings.Join(out, " "))
	return nil
}

func sortLines(c *call) error {
	f, err := c.parseFlags("nrubfV", "kt")
	if err != nil {
		return err
	}
	text, err := c.inputs(f.rest)
	if err != nil {
		return err
	}
	key := func(line string) string { return line }
	if k, ok := f.values['k']; ok {
		digits, _, _ := strings.Cut(k, ",")
		numeric := strings.HasSuffix(digits, "n")
		f.set['n'] = f.set['n'] || numeric
		n, err := strconv.Atoi(strings.TrimRight(digits, "nr"))
		if err != nil || n < 1 {
			return c.fail(2, "sort: invalid number at field start: invalid count at start of '%s'", k)
		}
		key = func(line string) string { return field(line, f.values['t'], n) }
	}
	lines := split(text)
	slices.SortStableFunc(lines, func(a, b string) int {
		order := strings.Compare(key(a), key(b))
		if f.set['n'] || f.set['V'] {
			order = cmp.Compare(leading(key(a)), leading(key(b)))
		}
		if order == 0 {
			order = strings.Compare(a, b)
		}
		if f.set['r'] {
			return -order
		}
		return order
	})
	if f.set['u'] {
		lines = slices.Compact(lines)
	}
	c.lines(lines)
	return nil
}

// field is the nth field of a line, from 1.
func field(line, separator string, n int) string {
	words := strings.Fields(line)
	if separator != "" {
		words = strings.Split(line, separator)
	}
	if n > len(words) {
		return ""
	}
	return words[n-1]
}

// leading is the number that a text begins with.
func leading(text string) float64 {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && strings.IndexByte("0123456789.-", text[end]) >= 0 {
		end++
	}
	n, _ := strconv.ParseFloat(text[:end], 64)
	return n
}

func uniq(c *call) error {
	f, err := c.parseFlags("cdui", "")
	if err != nil {
		return err
	}
	text, err := c.inputs(f.rest)
	if err != nil {
		return err
	}
	lines := split(text)
	for i := 0; i < len(lines); {
		j := i
		for j < len(lines) && lines[j] == lines[i] {
			j++
		}
		switch n := j - i; {
		case f.set['d'] && n == 1 || f.set['u'] && n > 1:
		case f.set['c']:
			c.print("%7d %s\n", n, lines[i])
		default:
			c.print("%s\n", lines[i])
		}
		i = j
	}
	return nil
}

func seq(c *call) error {
	var n [3]int
	for i, a := range c.args[1:] {
		v, err := strconv.Atoi(a)
		if i > 2 || err != nil {
			return c.fail(1, "seq: invalid floating point argument: '%s'", a)
		}
		n[i] = v
	}
	first, step, last := 1, 1, n[0]
	switch len(c.args) {
	case 1:
		return c.fail(1, "seq: missing operand")
	case 3:
		first, last = n[0], n[1]
	case 4:
		first, step, last = n[0], n[1], n[2]
	}
	if step == 0 {
		return c.fail(1, "seq: invalid Zero increment value: '0'")
	}
	for i := first; (step > 0 && i <= last || step < 0 && i >= last) && c.ctx.Err() == nil; i += step {
		c.print("%d\n", i)
	}
	return nil
}
