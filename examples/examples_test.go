// Package examples holds the stories that teach, each in a folder of its own. The tests here play them all.
package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ovnsim/internal/labrec"
	"ovnsim/lab"
)

func labs(t *testing.T) []string {
	files, err := filepath.Glob("*/lab.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8)
	return files
}

// TestExamples plays every scenario and wants all that it expects.
func TestExamples(t *testing.T) {
	s, err := lab.LoadSuite("./...")
	require.NoError(t, err)
	s.Run(func(v *lab.Verdict) {
		for _, p := range v.Problems() {
			t.Errorf("%s", p)
		}
	})
}

// TestRecorded makes the requests again that a real OVN was asked, from the same source ports, and wants the same answers.
func TestRecorded(t *testing.T) {
	n := 0
	for _, file := range labs(t) {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "testdata", "recorded.txt"))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		header, _, _ := strings.Cut(string(text), "\n")
		assert.Regexp(t, `^# ovn-northd \d+\.\d+.*recorded \d{4}-\d\d-\d\d by go run `, header, file)
		recorded, err := labrec.ReadRequests(string(text))
		require.NoError(t, err, file)
		l, err := lab.Load(file)
		require.NoError(t, err)
		ours := map[string][]labrec.Request{}
		for _, want := range recorded {
			s := l.Scenario(want.Scenario)
			require.NotNil(t, s, "%s: %s: record it again", file, want.Scenario)
			if _, played := ours[s.Name]; !played {
				ours[s.Name], _, _, err = labrec.Ours(l, s)
				require.NoError(t, err)
			}
			require.NotEmpty(t, ours[s.Name], "%s: %s: record it again", file, s.Name)
			assert.Equal(t, want, ours[s.Name][0], file)
			ours[s.Name] = ours[s.Name][1:]
			n++
		}
		for name, rest := range ours {
			assert.Empty(t, rest, "%s: %s: record it again", file, name)
		}
	}
	t.Logf("%d requests as the real OVN answered them", n)
	assert.Greater(t, n, 200)
}

// TestEveryExampleTeaches: a README beside each, that names its lab file, its commands and its scenarios' machines.
func TestEveryExampleTeaches(t *testing.T) {
	for _, file := range labs(t) {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))
		require.NoError(t, err)
		assert.Contains(t, string(text), "go run ./cmd/ovnsim run examples/"+filepath.ToSlash(file), file)
		l, err := lab.Load(file)
		require.NoError(t, err)
		for _, h := range l.Hosts {
			assert.Regexp(t, `\b`+regexp.QuoteMeta(h.Name)+`\b`, string(text), file)
		}
		for _, s := range l.Scenarios {
			assert.NotEmpty(t, s.Expect, "%s: %s claims nothing", file, s.Name)
		}
	}
}

// TestKubernetesJob: as many parts as pods, each in a report of its own.
func TestKubernetesJob(t *testing.T) {
	text, err := os.ReadFile("kubernetes/job.yaml")
	require.NoError(t, err)
	var job struct {
		Kind string
		Spec struct {
			CompletionMode string `yaml:"completionMode"`
			Completions    int
			Template       struct {
				Spec struct{ Containers []struct{ Command []string } }
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &job))
	assert.Equal(t, "Job", job.Kind)
	assert.Equal(t, "Indexed", job.Spec.CompletionMode)
	command := strings.Join(job.Spec.Template.Spec.Containers[0].Command, " ")
	assert.Contains(t, command, fmt.Sprintf("--shards %d ", job.Spec.Completions))
	assert.Contains(t, command, "--jsonl /reports/$(JOB_COMPLETION_INDEX).jsonl")
}
