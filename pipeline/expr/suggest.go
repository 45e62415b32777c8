package expr

// suggest is the name of the symbol that is spelt most like name, "" if none is close: at most a third of the letters, and two
// at least, may differ.
func suggest(name string) string {
	if len(name) > 40 {
		return ""
	}
	best, found := max(2, len(name)/3)+1, ""
	for i := range table.rows[1:] {
		s := &table.rows[i+1]
		if d := distance(name, s.Name); d < best && d < len(name) {
			best, found = d, s.Name
		}
	}
	return found
}

// distance is the number of letters to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
