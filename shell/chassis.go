package shell

// chassis lists the chassis, or switches one off or on: pull its plug and see what its gateway ports do.
func chassis(c *call) error {
	net := c.shell.world.Sim()
	switch {
	case len(c.args) == 1:
		names, up := net.Chassis()
		for i, name := range names {
			c.print("%s %s\n", name, map[bool]string{true: "up", false: "down"}[up[i]])
		}
		return nil
	case len(c.args) != 3 || c.args[2] != "up" && c.args[2] != "down":
		return c.usage()
	}
	if err := net.SetChassis(c.args[1], c.args[2] == "up"); err != nil {
		return c.fail(1, "chassis: %v", err)
	}
	return nil
}
