package action_test

import (
	"fmt"

	"ovnsim/pipeline/action"
)

func Example() {
	text, err := action.ParseText(`eth.dst <-> eth.src;  /* back */ ip.ttl--; outport=inport; next(pipeline=ingress, table=4);`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range text.Actions {
		fmt.Println(action.Format(a, action.At{Pipeline: action.Ingress, Table: 3}))
	}
	fmt.Println("implies", text.Prereqs)
	_, err = action.Parse("reg0 = 1; ip4.src = 10.0.0.1:80;")
	fmt.Println(err)
	// Output:
	// eth.dst <-> eth.src;
	// ip.ttl--;
	// outport = inport;
	// next;
	// implies [ip]
	// 1:29: Syntax error at `:' expecting `;'.
}
