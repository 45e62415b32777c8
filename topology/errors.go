package topology

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// String is file:line:col, as compilers write it; "" for the zero Position.
func (p Position) String() string {
	switch {
	case p.File == "" && p.Line == 0:
		return ""
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// IsZero tells whether p is no place.
func (p Position) IsZero() bool { return p == Position{} }

// Issue is one thing that is wrong with an input, and where.
type Issue struct {
	Pos  Position
	Text string
}

func (i *Issue) Error() string {
	if i.Pos.IsZero() {
		return i.Text
	}
	return i.Pos.String() + ": " + i.Text
}

// Errors is everything that is wrong with an input, by position; it prints one issue a line.
type Errors []*Issue

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, issue := range e {
		lines[i] = issue.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort orders by position and drops what is said twice of one place.
func (e Errors) Sort() Errors {
	slices.SortStableFunc(e, func(a, b *Issue) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return slices.CompactFunc(e, func(a, b *Issue) bool { return *a == *b })
}

// Add notes one more issue.
func (e *Errors) Add(pos Position, format string, args ...any) {
	*e = append(*e, &Issue{Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// AddError notes an error, each of its issues for itself if it is made of issues.
func (e *Errors) AddError(pos Position, err error) {
	var many Errors
	var one *Issue
	switch {
	case errors.As(err, &many):
		*e = append(*e, many...)
	case errors.As(err, &one):
		*e = append(*e, one)
	default:
		e.Add(pos, "%v", err)
	}
}

// Err is nil if nothing is wrong.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e.Sort()
}

// LackingError says that an input uses what the model does not have: tables or columns of another schema.
type LackingError struct {
	File string
	What []string
}

func (e *LackingError) Error() string {
	return fmt.Sprintf("%s: this model of OVN's northbound schema %s lacks %s", e.File, Version, strings.Join(e.What, ", "))
}

// Suggest is the one of words that a mistyped word most likely meant, as a phrase to append to an error: ` (did you mean "acls"?)`.
// It is "" if nothing is close.
func Suggest(word string, words []string) string {
	best, bestDistance := "", 1+max(1, len(word)/3)
	for _, w := range words {
		if d := editDistance(strings.ToLower(word), strings.ToLower(w), bestDistance); d < bestDistance {
			best, bestDistance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance counts inserted, deleted, replaced and swapped bytes; it may answer anything from limit up once that is reached.
func editDistance(a, b string, limit int) int {
	if max(len(a), len(b))-min(len(a), len(b)) >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		above, last, now := rows[(i-1)%3], rows[i%3], rows[(i+1)%3]
		now[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], above[j-2]+1)
			}
		}
	}
	return rows[(len(a)+1)%3][len(b)]
}
