package pcap_test

import (
	"bytes"
	"fmt"
	"time"

	"ovnsim/sim/pcap"
)

// A capture with one interface per port, written and read back.
func Example() {
	var file bytes.Buffer
	_ = pcap.WriteNG(&file, &pcap.Capture{
		Interfaces: []string{"vm1", "vm2"},
		Frames:     []pcap.Frame{{At: 1500 * time.Millisecond, Interface: 1, Data: []byte("a frame")}},
	})
	capture, err := pcap.Read(&file, "lab.pcapng")
	for _, f := range capture.Frames {
		fmt.Println(f.At, capture.Interfaces[f.Interface], string(f.Data), err)
	}
	// Output: 1.5s vm2 a frame <nil>
}
