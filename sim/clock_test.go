package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestClock(t *testing.T) {
	var c Clock
	var rang []string
	say := func(s string) func() { return func() { rang = append(rang, s+"@"+c.Now().String()) } }
	c.At(2*time.Second, say("b"))
	c.At(time.Second, say("a"))
	c.At(2*time.Second, say("c"))
	gone := c.At(time.Second, say("never"))
	c.Stop(gone)
	c.Stop(gone)
	for c.Step(2 * time.Second) {
	}
	assert.Equal(t, []string{"a@1s", "b@2s", "c@2s"}, rang)
	assert.False(t, c.Step(5*time.Second))
	assert.Equal(t, 5*time.Second, c.Now())
	c.At(time.Second, say("late"))
	assert.True(t, c.Step(5*time.Second))
	assert.Equal(t, "late@5s", rang[3])
	assert.True(t, c.Idle())
}
