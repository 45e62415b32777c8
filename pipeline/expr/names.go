package expr

// Names numbers the strings that string fields hold: ports and multicast groups. Numbers are given in the order of the first
// Intern and never change. Number 0 is no port; OVN writes it "none". The zero Names is ready to use; it is not safe for
// concurrent use.
type Names struct {
	numbers map[string]uint32
	names   []string
}

// NoPort is what OVN calls the empty value of a string field.
const NoPort = "none"

// Intern is the number of a name, a new one if it has none yet. "" and NoPort are 0.
func (n *Names) Intern(name string) uint32 {
	if name == "" || name == NoPort {
		return 0
	}
	if id, ok := n.numbers[name]; ok {
		return id
	}
	if n.numbers == nil {
		n.numbers = make(map[string]uint32)
		n.names = append(n.names, "")
	}
	id := uint32(len(n.names))
	n.numbers[name] = id
	n.names = append(n.names, name)
	return id
}

// InternAfter is Intern for a name that may well have been the next new one after that with the number before: names that come
// in the same order again are not searched for.
func (n *Names) InternAfter(before uint32, name string) uint32 {
	if next := before + 1; int(next) < len(n.names) && n.names[next] == name {
		return next
	}
	return n.Intern(name)
}

// Number is the number of a name that was interned.
func (n *Names) Number(name string) (uint32, bool) {
	if name == "" || name == NoPort {
		return 0, true
	}
	id, ok := n.numbers[name]
	return id, ok
}

// Name is the name with a number, "" for 0 and for numbers never given.
func (n *Names) Name(id uint32) string {
	if int(id) >= len(n.names) {
		return ""
	}
	return n.names[id]
}

// Len is one more than the highest number given.
func (n *Names) Len() int { return max(1, len(n.names)) }
