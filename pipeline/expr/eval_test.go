package expr

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowEval evaluates the normal form, which the recordings vouch for, literally.
func slowEval(e Expr, k *Key, env *testEnv) bool {
	switch x := e.(type) {
	case Bool:
		return bool(x)
	case *And:
		for _, a := range x.Args {
			if !slowEval(a, k, env) {
				return false
			}
		}
		return true
	case *Or:
		for _, a := range x.Args {
			if slowEval(a, k, env) {
				return true
			}
		}
		return false
	case *Not:
		return !slowEval(x.X, k, env)
	case *Test:
		return !x.Ref.Get(k).IsZero()
	case *Resident:
		return env.resident[x.Port]
	}
	x := e.(*Compare)
	c, v := x.Set.Items[0], x.Ref.Get(k)
	if c.Kind == String {
		n, _ := env.Port(c.Text)
		return (v == V(uint64(n))) == (x.Op == EQ)
	}
	if c.Masked {
		v = v.And(c.Mask)
	}
	order := v.Cmp(c.Value)
	return [...]bool{EQ: order == 0, NE: order != 0, LT: order < 0, LE: order <= 0, GT: order > 0, GE: order >= 0}[x.Op]
}

func TestEvalAgainstNormalForm(t *testing.T) {
	env := genEnv()
	g := &generator{r: rand.New(rand.NewSource(1))}
	yes := 0
	for range 20000 {
		text := g.expr(3)
		e, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, text, e.String())
		m, err := Bind(e, env)
		require.NoError(t, err, text)
		n, err := Normalise(e, env)
		require.NoError(t, err, text)
		for range 5 {
			k := g.key(env)
			want := slowEval(n, &k, env)
			if want {
				yes++
			}
			require.Equal(t, want, m.Eval(&k), text)
		}
	}
	t.Logf("%d of 100000 matched", yes)
	assert.Greater(t, yes, 10000)
}

// What ovn-trace found to match.
func TestEvalRecorded(t *testing.T) {
	env := genEnv()
	var packets []Key
	wrong, checked := 0, 0
	recorded(t, "eval.txt", func(f []string) {
		if f[0] == "F" {
			m, err := ParseMicroflow(f[1], env)
			require.NoError(t, err, f[1])
			packets = append(packets, m.Key)
			return
		}
		e, err := Parse(f[1])
		require.NoError(t, err, f[1])
		m, err := Bind(e, env)
		require.NoError(t, err, f[1])
		for i := range packets {
			checked++
			if got := m.Eval(&packets[i]); got != (f[2][i] == '1') {
				wrong++
				if wrong < 20 {
					t.Errorf("packet %d: %v: %s", i, got, f[1])
				}
			}
		}
	})
	assert.Greater(t, checked, 10000)
}
