package explain_test

import (
	"fmt"
	"io"

	"ovnsim/lab"
)

// A verdict is read off what the packets of a request met.
func ExampleJudge() {
	l, err := lab.Load("../examples/lab/lab.yaml")
	if err != nil {
		panic(err)
	}
	p, err := l.Start()
	if err != nil {
		panic(err)
	}
	_ = p.Run(l.Scenario("client's switch").Run, "example", io.Discard, io.Discard)
	for _, from := range []string{"vm3", "vm1"} {
		r, err := p.Get(from, "http://172.16.255.62:8000", 0, l.Timeout)
		if err != nil {
			panic(err)
		}
		fmt.Println(from, r.Verdicts[0].Reason, r.Verdicts[0].Place)
	}
	// Output:
	// vm3 applied inside
	// vm1 never-left-host inside
}
