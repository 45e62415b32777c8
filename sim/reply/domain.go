package reply

import "strings"

// labels is a name as DNS sends it: each label after its length, and a zero (RFC 1035, 3.1). A dot at the end adds nothing
// but, as in OVN, another zero.
func labels(name string) []byte {
	b := make([]byte, 0, len(name)+2)
	for _, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	for len(b) < len(name)+2 {
		b = append(b, 0)
	}
	return b
}

// searchList is several names, each in full (RFC 8106, 5.2).
func searchList(names string) []byte {
	var b []byte
	for _, name := range splitNames(names, ",") {
		for _, label := range splitNames(name, ".") {
			label = label[:min(len(label), 255)]
			b = append(append(b, byte(len(label))), label...)
		}
		b = append(b, 0)
	}
	return b
}

// maxDomain is the longest name that DNS knows.
const maxDomain = 255

// compressedList is several names, an ending that stood there before replaced by a pointer to it (RFC 3397, RFC 1035, 4.1.4);
// nothing where a name is too long.
func compressedList(names string) []byte {
	var b []byte
	seen := map[string]int{}
	for _, name := range splitNames(names, ",") {
		if len(name) > maxDomain {
			return nil
		}
		parts := splitNames(name, ".")
		pointed := false
		for i, label := range parts {
			ending := strings.Join(parts[i:], ".")
			if at, ok := seen[ending]; ok {
				b = append(b, 0xc0|byte(at>>8), byte(at))
				pointed = true
				break
			}
			seen[ending] = len(b)
			b = append(append(b, byte(len(label))), label...)
		}
		if !pointed {
			b = append(b, 0)
		}
	}
	return b
}

// splitNames splits as C's strtok does: nothing between two separators is no name.
func splitNames(s, sep string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return string(r) == sep })
}
