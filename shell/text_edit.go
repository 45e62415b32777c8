package shell

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tr translates, deletes (-d) or squeezes (-s) characters.
func tr(c *call) error {
	f, err := c.parseFlags("dsc", "")
	if err != nil {
		return err
	}
	if len(f.rest) == 0 || f.set['c'] {
		return c.usage()
	}
	from := trSet(f.rest[0])
	var to []rune
	if len(f.rest) > 1 {
		to = trSet(f.rest[1])
	}
	text, err := c.input()
	if err != nil {
		return err
	}
	var b strings.Builder
	last := utf8.RuneError
	for _, r := range text {
		i := slices.Index(from, r)
		switch {
		case i >= 0 && f.set['d']:
			continue
		case i >= 0 && len(to) > 0:
			r = to[min(i, len(to)-1)]
		}
		if f.set['s'] && i >= 0 && r == last {
			continue
		}
		last = r
		b.WriteRune(r)
	}
	c.print("%s", b.String())
	return nil
}

var trClasses = strings.NewReplacer("[:upper:]", "A-Z", "[:lower:]", "a-z", "[:digit:]", "0-9", "[:alpha:]", "A-Za-z", "[:space:]", " \t\n\r\v\f",
	`\n`, "\n", `\t`, "\t", `\\`, `\`)

// trSet is a set's characters with its ranges written out.
func trSet(text string) []rune {
	in := []rune(trClasses.Replace(text))
	var out []rune
	for i := 0; i < len(in); i++ {
		if i+2 < len(in) && in[i+1] == '-' && in[i] <= in[i+2] && in[i+2]-in[i] < 1<<16 {
			for r := in[i]; r <= in[i+2]; r++ {
				out = append(out, r)
			}
			i += 2
			continue
		}
		out = append(out, in[i])
	}
	return out
}

// cut prints fields (-f, separated by -d) or characters (-c) of lines.
func cut(c *call) error {
	f, err := c.parseFlags("s", "dfcb")
	if err != nil {
		return err
	}
	list, characters := f.values['f'], ""
	if list == "" {
		list = f.values['c'] + f.values['b']
		characters = list
	}
	picked, err := ranges(list)
	if err != nil {
		return c.fail(1, "cut: %v", err)
	}
	text, err := c.inputs(f.rest)
	if err != nil {
		return err
	}
	separator := f.values['d']
	if separator == "" {
		separator = "\t"
	}
	for _, line := range split(text) {
		parts, join := strings.Split(line, separator), separator
		if characters != "" {
			parts, join = strings.Split(line, ""), ""
		} else if len(parts) == 1 {
			if !f.set['s'] {
				c.print("%s\n", line)
			}
			continue
		}
		var out []string
		for i, p := range parts {
			if picked(i + 1) {
				out = append(out, p)
			}
		}
		c.print("%s\n", strings.Join(out, join))
	}
	return nil
}

// ranges reads a list such as 1,3-5,7-.
func ranges(list string) (func(int) bool, error) {
	var all [][2]int
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if low == "" && isRange {
			low = "1"
		}
		a, err := strconv.Atoi(low)
		b := a
		if isRange {
			b = 1 << 30
			if high != "" && err == nil {
				b, err = strconv.Atoi(high)
			}
		}
		if err != nil || a < 1 {
			return nil, fmt.Errorf("invalid list: '%s'", list)
		}
		all = append(all, [2]int{a, b})
	}
	return func(n int) bool {
		return slices.ContainsFunc(all, func(r [2]int) bool { return r[0] <= n && n <= r[1] })
	}, nil
}

// edit is one command of a sed script: which lines, and what with them.
type edit struct {
	from, to int // lines; 0 for any, -1 for the last
	match    *regexp.Regexp
	not      bool
	do       byte // s, d, p, q
	find     *regexp.Regexp
	with     string
	all      bool
	print    bool
}

// sed knows s, d, p and q on lines that are picked by number or pattern.
func sed(c *call) error {
	f, err := c.parseFlags("nErs", "e")
	if err != nil {
		return err
	}
	script, given := f.values['e']
	if !given {
		if len(f.rest) == 0 {
			return c.usage()
		}
		script, f.rest = f.rest[0], f.rest[1:]
	}
	var edits []*edit
	for part := strings.TrimSpace(script); part != ""; part = strings.TrimLeft(part, "; \n") {
		e, rest, err := parseEdit(part, f.set['E'] || f.set['r'])
		if err != nil {
			return c.fail(1, "sed: -e expression #1: %v (only s, d, p and q are simulated)", err)
		}
		edits, part = append(edits, e), rest
	}
	text, err := c.inputs(f.rest)
	if err != nil {
		return err
	}
	lines := split(text)
	for i, line := range lines {
		keep, quit := true, false
		for _, e := range edits {
			if !keep || !e.picks(i+1, len(lines), line) {
				continue
			}
			switch e.do {
			case 'd':
				keep = false
			case 'p':
				c.print("%s\n", line)
			case 'q':
				quit = true
			case 's':
				changed := e.substitute(line)
				if e.print && e.find.MatchString(line) {
					c.print("%s\n", changed)
				}
				line = changed
			}
		}
		if keep && !f.set['n'] {
			c.print("%s\n", line)
		}
		if quit {
			break
		}
	}
	return nil
}

func (e *edit) picks(n, last int, line string) bool {
	picked := true
	switch {
	case e.match != nil:
		picked = e.match.MatchString(line)
	case e.from == -1:
		picked = n == last
	case e.from > 0 && e.to == 0:
		picked = n == e.from
	case e.from > 0:
		picked = n >= e.from && (e.to == -1 || n <= e.to)
	}
	return picked != e.not
}

func (e *edit) substitute(line string) string {
	if e.all {
		return e.find.ReplaceAllString(line, e.with)
	}
	at := e.find.FindStringSubmatchIndex(line)
	if at == nil {
		return line
	}
	return line[:at[0]] + string(e.find.ExpandString(nil, e.with, line, at)) + line[at[1]:]
}

var editLines = regexp.MustCompile(`^(?:(\d+|\$)(?:,(\d+|\$))?)?\s*(!?)\s*`)

// parseEdit reads one sed command, and gives what is behind it.
func parseEdit(text string, extended bool) (e *edit, rest string, err error) {
	e = &edit{}
	compile := func(p string) (*regexp.Regexp, error) {
		if !extended {
			p = basic(p)
		}
		return regexp.Compile(p)
	}
	if text[0] == '/' {
		pattern, behind, ok := delimited(text[1:], '/')
		if !ok {
			return nil, "", fmt.Errorf("unterminated address regex")
		}
		if e.match, err = compile(pattern); err != nil {
			return nil, "", err
		}
		text = behind
	}
	m := editLines.FindStringSubmatch(text)
	e.from, e.to, e.not = lineNumber(m[1]), lineNumber(m[2]), m[3] == "!"
	text = text[len(m[0]):]
	if text == "" {
		return nil, "", fmt.Errorf("missing command")
	}
	e.do = text[0]
	switch text = text[1:]; e.do {
	case 'd', 'p', 'q':
		return e, strings.TrimLeft(text, " "), nil
	case 's':
	default:
		return nil, "", fmt.Errorf("unknown command: `%c'", e.do)
	}
	if text == "" {
		return nil, "", fmt.Errorf("unterminated `s' command")
	}
	delimiter := text[0]
	pattern, text, ok1 := delimited(text[1:], delimiter)
	with, text, ok2 := delimited(text, delimiter)
	if !ok1 || !ok2 {
		return nil, "", fmt.Errorf("unterminated `s' command")
	}
	for text != "" && strings.IndexByte("gipI", text[0]) >= 0 {
		switch text[0] {
		case 'g':
			e.all = true
		case 'p':
			e.print = true
		default:
			pattern = "(?i)" + pattern
		}
		text = text[1:]
	}
	e.find, err = compile(pattern)
	e.with = replacement(with)
	return e, text, err
}

func lineNumber(text string) int {
	if text == "$" {
		return -1
	}
	n, _ := strconv.Atoi(text)
	return n
}

// delimited cuts at the first delimiter that no backslash is before.
func delimited(text string, delimiter byte) (before, after string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			if text[i+1] != delimiter {
				b.WriteByte('\\')
			}
			i++
			b.WriteByte(text[i])
		case text[i] == delimiter:
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}

// replacement writes sed's \1 and & as Go's templates do.
func replacement(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case ch == '&':
			b.WriteString("${0}")
		case ch == '$':
			b.WriteString("$$")
		case ch == '\\' && i+1 < len(text):
			i++
			switch {
			case text[i] >= '0' && text[i] <= '9':
				b.WriteString("${" + text[i:i+1] + "}")
			case text[i] == 'n':
				b.WriteByte('\n')
			case text[i] == 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(text[i])
			}
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

var awkProgram = regexp.MustCompile(`^\s*(?:(/(?:[^/\\]|\\.)*/)|(END)|NR\s*==\s*(\d+)|NR\s*>\s*(\d+)|)\s*(?:\{\s*print\s*([^{}]*?)\s*;?\s*\})?\s*$`)

// awk prints fields of lines that match; it is the one-liner of tutorials and no more.
func awk(c *call) error {
	f, err := c.parseFlags("", "F")
	if err != nil {
		return err
	}
	if len(f.rest) == 0 {
		return c.usage()
	}
	m := awkProgram.FindStringSubmatch(f.rest[0])
	var re *regexp.Regexp
	if m != nil && m[1] != "" {
		re, err = regexp.Compile(m[1][1 : len(m[1])-1])
	}
	if m == nil || err != nil || m[5] == "" && m[2] != "" {
		return c.fail(2, "awk: only '[/RE/|NR==N|NR>N|END] {print FIELDS}' is simulated, not %s", f.rest[0])
	}
	text, err := c.inputs(f.rest[1:])
	if err != nil {
		return err
	}
	lines := split(text)
	at, _ := strconv.Atoi(m[3])
	behind, _ := strconv.Atoi(m[4])
	for i, line := range lines {
		nr := i + 1
		if re != nil && !re.MatchString(line) || m[2] != "" && nr != len(lines) || m[3] != "" && nr != at || m[4] != "" && nr <= behind {
			continue
		}
		out, err := awkPrint(m[5], line, f.values['F'], nr)
		if err != nil {
			return c.fail(2, "awk: %v", err)
		}
		c.print("%s\n", out)
	}
	return nil
}

var awkItem = regexp.MustCompile(`^(?:"((?:[^"\\]|\\.)*)"|\$(NF|\d+)|(NR|NF)|(,))\s*`)

// awkPrint is what print writes of a line: fields, numbers and texts, with a space for each comma.
func awkPrint(items, line, separator string, nr int) (string, error) {
	words := strings.Fields(line)
	if separator != "" && separator != " " {
		words = strings.Split(line, separator)
	}
	if items == "" {
		return line, nil
	}
	var b strings.Builder
	for items != "" {
		m := awkItem.FindStringSubmatch(items)
		if m == nil {
			return "", fmt.Errorf("%s is not simulated", items)
		}
		items = items[len(m[0]):]
		switch {
		case m[4] != "":
			b.WriteByte(' ')
		case m[3] == "NR":
			b.WriteString(strconv.Itoa(nr))
		case m[3] == "NF":
			b.WriteString(strconv.Itoa(len(words)))
		case m[2] == "0":
			b.WriteString(line)
		case m[2] != "":
			n, _ := strconv.Atoi(m[2])
			if m[2] == "NF" {
				n = len(words)
			}
			if n > 0 && n <= len(words) {
				b.WriteString(words[n-1])
			}
		default:
			b.WriteString(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\\`, `\`).Replace(m[1]))
		}
	}
	return b.String(), nil
}
