package topology_test

import (
	"fmt"
	"os"

	"ovnsim/topology"
)

func Example() {
	top, err := topology.Read([]byte(`
switches:
  inside: {ports: {vm: {addresses: ["02:00:00:00:00:0a 10.0.0.10"]}}}
routers:
  edge: {ports: {edge-inside: {mac: "02:00:00:00:00:01", networks: [10.0.0.1/24], switch: inside}}}
`), "lab.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	top.Show(os.Stdout)
	_, err = topology.Read([]byte("switches: {inside: {prots: {}}}"), "lab.yaml")
	fmt.Println(err)
	// Output:
	// switch 35cbc85c-75a1-8f7e-b130-cec5df1d6d38 (inside)
	//     port vm
	//         addresses: ["02:00:00:00:00:0a 10.0.0.10"]
	//     port inside-edge
	//         type: router
	//         router-port: edge-inside
	// router 6198c5be-ee09-8977-90c9-594fbb203325 (edge)
	//     port edge-inside
	//         mac: "02:00:00:00:00:01"
	//         ipv6-lla: "fe80::ff:fe00:1"
	//         networks: ["10.0.0.1/24"]
	// lab.yaml:1:21: unknown key "prots" in switches (did you mean "ports"?)
}
