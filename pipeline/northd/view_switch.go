package northd

// switchFacts is what several features ask of a switch.
type switchFacts struct{}

// switchPortFacts is what several features ask of a switch port.
type switchPortFacts struct{}

// learn works out the facts of a switch and its ports. Peers are joined already.
func (s *Switch) learn(v *View) {}
