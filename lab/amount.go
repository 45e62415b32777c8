package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Amount is how often something is expected, as lab files write it: some, 3, 3..5, 40%..60%, or the source ports of the
// requests that it is expected for. The zero Amount is never.
type Amount struct {
	Least, Most int      // Most is Any for no limit
	Percent     bool     // Least and Most are of a hundred requests
	Ports       []uint16 // exactly the requests from these ports; Least and Most are not used
}

// Any is the Most of an amount without a limit.
const Any = -1

// Some is once or more.
var Some = Amount{Least: 1, Most: Any}

// ParseAmount reads all of it but lists of ports.
func ParseAmount(text string) (Amount, error) {
	if text == "some" {
		return Some, nil
	}
	low, high, ranged := strings.Cut(text, "..")
	if !ranged {
		high = low
	}
	a := Amount{Percent: strings.HasSuffix(low, "%")}
	var err1, err2 error
	a.Least, err1 = strconv.Atoi(strings.TrimSuffix(low, "%"))
	a.Most, err2 = strconv.Atoi(strings.TrimSuffix(high, "%"))
	if high == "" && ranged {
		a.Most, err2 = Any, nil
	}
	switch {
	case err1 != nil, err2 != nil, a.Least < 0, high != "" && a.Percent != strings.HasSuffix(high, "%"):
	case a.Most != Any && a.Most < a.Least, a.Percent && (a.Least > 100 || a.Most > 100):
	default:
		return a, nil
	}
	return Amount{}, fmt.Errorf("%q is no amount such as some, 3, 2..5 or 40%%..60%%", text)
}

// String is the amount as lab files write it.
func (a Amount) String() string {
	unit := ""
	if a.Percent {
		unit = "%"
	}
	switch {
	case a.Ports != nil:
		return "from " + portsText(a.Ports)
	case !a.Percent && a.Least == 1 && a.Most == Any:
		return "some"
	case a.Most == Any:
		return fmt.Sprintf("%d%s..", a.Least, unit)
	case a.Least == a.Most:
		return fmt.Sprintf("%d%s", a.Least, unit)
	}
	return fmt.Sprintf("%d%s..%d%s", a.Least, unit, a.Most, unit)
}

func portsText(ports []uint16) string {
	if len(ports) == 1 {
		return fmt.Sprintf("port %d", ports[0])
	}
	var out []string
	for _, p := range ports {
		out = append(out, strconv.Itoa(int(p)))
	}
	return "ports " + strings.Join(out, ", ")
}

// Holds tells whether what came is the amount: got out of all requests, those from the ports given.
func (a Amount) Holds(got, all int, ports []uint16) bool {
	if a.Ports != nil {
		want, came := slices.Sorted(slices.Values(a.Ports)), slices.Sorted(slices.Values(ports))
		return slices.Equal(want, came)
	}
	least, most, n := a.Least, a.Most, got
	if a.Percent {
		least, most, n = least*all, most*all, 100*got
	}
	return n >= least && (a.Most == Any || n <= most)
}
