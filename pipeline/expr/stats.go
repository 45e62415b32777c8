package expr

import "fmt"

// Stats describes a classifier for people who wonder about its speed.
type Stats struct {
	Tables  int // shapes of matches, which a lookup goes through
	Records int // distinct values in them
	Rests   int // matches of which something remains to be tried
	Longest int // most rows that share their values
}

// Stats describes the classifier.
func (c *Classifier) Stats() Stats {
	s := Stats{Tables: len(c.tables), Rests: len(c.rests)}
	for i := range c.tables {
		t := &c.tables[i]
		s.Records += t.count
		for at, n := 0, t.width(); at < len(t.data); {
			rows := int(t.data[at+n])
			s.Longest = max(s.Longest, rows)
			at += n + 1 + 2*rows
		}
	}
	return s
}

// String is the figures on one line.
func (s Stats) String() string {
	return fmt.Sprintf("%d tables, %d records, %d rests, longest %d", s.Tables, s.Records, s.Rests, s.Longest)
}
