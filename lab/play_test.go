package lab

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlayTheLab(t *testing.T) {
	l, err := Load("../examples/lab/lab.yaml")
	require.NoError(t, err)
	for _, s := range l.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			o, err := l.Play(s, nil)
			require.NoError(t, err)
			assert.Empty(t, o.Failed)
			assert.Empty(t, o.Output)
			for _, a := range o.Asked {
				assert.Empty(t, a.Misses, a.Get)
				t.Log(a.From, a.Get, a.Summary(), a.Results[0].Why(), a.Results[0].Verdicts)
			}
		})
	}
}
