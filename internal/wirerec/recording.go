package wirerec

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ovnsim/sim/host"
)

// Frame is a frame that a machine sent or received.
type Frame struct {
	At   time.Duration // since the first step
	Port string
	Sent bool // by the machine; else received
	Data []byte
}

// Recording is what went over the wires, in order.
type Recording struct {
	Header string // which version, when, how: comment lines
	Frames []Frame

	Databases map[string][]byte // nb and sb before the first frame, where the scenario keeps them
	Outcomes  []Outcome         // of every request, in order; not written
}

// Outcome is what became of a request.
type Outcome struct {
	Stop host.Stop
	Body string
	Exit int // of get, as curl's
}

// Write writes a recording: comments, and a line for each frame: microseconds, port, > sent or < received, bytes.
func (r *Recording) Write(path string) error {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(r.Header), "\n") {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	for _, f := range r.Frames {
		way := "<"
		if f.Sent {
			way = ">"
		}
		fmt.Fprintf(&b, "%d %s %s %x\n", f.At.Microseconds(), f.Port, way, f.Data)
	}
	for name, data := range r.Databases {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name+".db"), data, 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o666)
}

// Read reads what Write wrote.
func Read(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &Recording{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if strings.HasPrefix(text, "#") {
			continue
		}
		var f Frame
		var at int64
		var way, data string
		if _, err := fmt.Sscan(text, &at, &f.Port, &way, &data); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if f.Data, err = hex.DecodeString(data); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		f.At, f.Sent = time.Duration(at)*time.Microsecond, way == ">"
		r.Frames = append(r.Frames, f)
	}
	return r, lines.Err()
}
