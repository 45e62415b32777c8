package lab_test

import (
	"fmt"

	"ovnsim/lab"
)

// A lab file's scenarios are played one by one, each from the file's own state.
func ExampleLab_Play() {
	l, err := lab.Load("../examples/lab/lab.yaml")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"distributed router", "a server stopped"} {
		o, err := l.Play(l.Scenario(name), nil)
		if err != nil {
			panic(err)
		}
		fmt.Println(name, o.Pass())
	}
	// Output:
	// distributed router true
	// a server stopped true
}
