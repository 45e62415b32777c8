package shell

import "time"

// aclLog prints what access rules have logged.
func aclLog(c *call) error {
	if len(c.args) > 1 {
		return c.usage()
	}
	for _, r := range c.shell.world.Sim().ACLLog() {
		c.print("%s|acl_log|INFO|%s\n", time.Unix(0, int64(r.At)).UTC().Format("2006-01-02T15:04:05.000Z"), r)
	}
	return nil
}
