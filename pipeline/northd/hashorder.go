package northd

import "ovnsim/lb"

// hashOrder is some texts, each once, in the order in which ovn-northd walks a set of them. Nothing but the text of a few
// flows depends on it. The set is a table of chained buckets that doubles as it fills up; within a chain the text that came
// last is the first.
func hashOrder(texts []string) []string {
	buckets, n := make([][]string, 1), 0
	seen := map[string]bool{}
	for _, s := range texts {
		if seen[s] {
			continue
		}
		seen[s] = true
		chain(buckets, s)
		if n++; n/2 > len(buckets)-1 {
			buckets = doubled(buckets, max(4, len(buckets)*2))
		}
	}
	var out []string
	for _, b := range buckets {
		out = append(out, b...)
	}
	return out
}

func chain(buckets [][]string, s string) {
	i := int(lb.HashString(s)) & (len(buckets) - 1)
	buckets[i] = append([]string{s}, buckets[i]...)
}

func doubled(old [][]string, size int) [][]string {
	buckets := make([][]string, size)
	for _, b := range old {
		for _, s := range b {
			chain(buckets, s)
		}
	}
	return buckets
}
