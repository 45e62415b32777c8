package topology

import (
	"regexp"
	"strings"
)

// blank stands for a blank line while a text is a tree of nodes, which keep comments but not blank lines.
const blank = "#ovnsim: a blank line"

// blockScalar is a line whose value is the more indented lines after it.
var blockScalar = regexp.MustCompile(`(^|[:\-] +|[&!]\S+ +)[|>][-+0-9]*\s*(#.*)?$`)

// markBlanks replaces the blank lines of a YAML text by comments, indented as what follows them. Those inside block scalars stay.
func markBlanks(data []byte) []byte {
	lines := strings.SplitAfter(string(data), "\n")
	inside := insideScalars(lines)
	indent := ""
	for i := len(lines) - 1; i >= 0; i-- {
		switch {
		case !isBlank(lines[i]):
			indent = lines[i][:indentation(lines[i])]
		case !inside[i] && strings.HasSuffix(lines[i], "\n"):
			lines[i] = indent + blank + "\n"
		}
	}
	return []byte(strings.Join(lines, ""))
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// insideScalars tells of each line whether it is part of a block scalar; blank lines at the end of one are not.
func insideScalars(lines []string) []bool {
	inside := make([]bool, len(lines))
	for i := 0; i < len(lines); i++ {
		if isBlank(lines[i]) || !blockScalar.MatchString(strings.TrimSpace(lines[i])) {
			continue
		}
		last := i
		for j := i + 1; j < len(lines) && (isBlank(lines[j]) || indentation(lines[j]) > indentation(lines[i])); j++ {
			if !isBlank(lines[j]) {
				last = j
			}
		}
		for ; i < last; i++ {
			inside[i+1] = true
		}
	}
	return inside
}

func unmarkBlanks(text []byte) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == blank {
			lines[i] = "\n"
		}
	}
	return []byte(strings.Join(lines, ""))
}
