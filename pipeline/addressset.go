package pipeline

import "maps"

// AddressSets are the sets of addresses that matches name (Address_Set). Those of a topology may be made when somebody asks
// for them. The zero AddressSets are none.
type AddressSets struct {
	made  map[string][]string
	later map[string]func() []string
}

// Put adds a set, in the place of one with its name.
func (a *AddressSets) Put(name string, addresses []string) {
	if a.made == nil {
		a.made = map[string][]string{}
	}
	a.made[name] = addresses
	delete(a.later, name)
}

// PutLater adds a set that is made when somebody asks for it, in the place of one with its name.
func (a *AddressSets) PutLater(name string, addresses func() []string) {
	if a.later == nil {
		a.later = map[string]func() []string{}
	}
	a.later[name] = addresses
	delete(a.made, name)
}

// Get is a set's addresses, which are the AddressSets' own. ok is false where there is no set with that name.
func (a *AddressSets) Get(name string) (addresses []string, ok bool) {
	if later := a.later[name]; later != nil {
		a.Put(name, later())
	}
	addresses, ok = a.made[name]
	return addresses, ok
}

// All is all sets by their names. The map is the AddressSets' own.
func (a *AddressSets) All() map[string][]string {
	for name, later := range maps.Clone(a.later) {
		a.Put(name, later())
	}
	return a.made
}
