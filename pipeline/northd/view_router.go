package northd

// routerFacts is what several features ask of a router.
type routerFacts struct{}

// routerPortFacts is what several features ask of a router port.
type routerPortFacts struct{}

// learn works out the facts of a router and its ports. Peers are joined already, switches have learned their facts.
func (r *Router) learn(v *View) {}
