package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// valid is as much of JSON Schema as the lab's schema uses.
func valid(root, schema map[string]any, v any) string {
	if ref, ok := schema["$ref"].(string); ok {
		return valid(root, root["$defs"].(map[string]any)[filepath.Base(ref)].(map[string]any), v)
	}
	if alternatives, ok := schema["anyOf"].([]any); ok {
		why := ""
		for _, s := range alternatives {
			w := valid(root, s.(map[string]any), v)
			if w == "" {
				return ""
			}
			why += "[" + w + "]"
		}
		return why
	}
	if want, ok := schema["const"]; ok && fmt.Sprint(want) != fmt.Sprint(v) {
		return fmt.Sprintf("%v is not %v", v, want)
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.ContainsFunc(enum, func(e any) bool { return reflect.DeepEqual(e, v) }) {
		return fmt.Sprintf("%v is none of %v", v, enum)
	}
	if types, ok := schema["type"]; ok && !slices.ContainsFunc(list(types), func(t any) bool { return isType(t.(string), v) }) {
		return fmt.Sprintf("%v is no %v", v, types)
	}
	if pattern, ok := schema["pattern"].(string); ok {
		if s, is := v.(string); is && !regexp.MustCompile(pattern).MatchString(s) {
			return s + " does not match " + pattern
		}
	}
	if least, ok := schema["minimum"].(float64); ok {
		if n, is := v.(int); is && float64(n) < least {
			return fmt.Sprintf("%d is below %v", n, least)
		}
	}
	switch v := v.(type) {
	case []any:
		if items, ok := schema["items"].(map[string]any); ok {
			for _, e := range v {
				if w := valid(root, items, e); w != "" {
					return w
				}
			}
		}
	case map[string]any:
		return validObject(root, schema, v)
	}
	return ""
}

func validObject(root, schema, v map[string]any) string {
	for _, key := range list(schema["required"]) {
		if _, ok := v[key.(string)]; !ok {
			return "no " + key.(string)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for key, value := range v {
		s, known := properties[key].(map[string]any)
		if !known {
			switch more := schema["additionalProperties"].(type) {
			case bool:
				return "unknown key " + key
			case map[string]any:
				s = more
			default:
				continue
			}
		}
		if w := valid(root, s, value); w != "" {
			return key + ": " + w
		}
	}
	return ""
}

func list(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case nil:
		return nil
	}
	return []any{v}
}

func isType(name string, v any) bool {
	switch v.(type) {
	case string:
		return name == "string"
	case bool:
		return name == "boolean"
	case int:
		return name == "integer" || name == "number"
	case float64:
		return name == "number"
	case nil:
		return name == "null"
	case []any:
		return name == "array"
	}
	return name == "object"
}

// plain makes maps with other keys (ports) ones with string keys, as JSON has them.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = plain(e)
		}
	case map[any]any:
		out := map[string]any{}
		for k, e := range v {
			out[fmt.Sprint(k)] = plain(e)
		}
		return out
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

// TestSchemaAgrees: what the loader takes the schema takes, and what it refuses for its keys or kinds the schema refuses.
func TestSchemaAgrees(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteSchema(&out))
	var schema map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &schema))
	check := func(text []byte) string {
		var v any
		require.NoError(t, yaml.Unmarshal(text, &v))
		return valid(schema, schema, plain(v))
	}
	files, err := filepath.Glob("../examples/*/lab.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Empty(t, check(text), file)
	}
	for _, bad := range []string{
		"host: {}", "hosts: {a: {prot: p1}}", "hosts: {a: {}}", "version: 2", "scenarios: {s: {expect: [{fails: nonsense}]}}", "scenarios: {s: {expect: [{form: z}]}}",
		"scenarios: {s: {expect: [{answers: {a: lots}}]}}", "scenarios: {s: {expect: {ports: x}}}", "switches: {s: {prots: {}}}", "routers: {r: {enabled: maybe}}",
		"scenarios: {s: {expect: {not_balanced: because}}}", "load_balancers: {w: {protocol: ip}}", "scenarios: {s: {expect: {times: -1}}}", "seed: x",
	} {
		assert.NotEmpty(t, check([]byte(bad)), bad)
		if bad != "version: 2" {
			bad = "version: 1\n" + bad
		}
		_, err := Read([]byte(bad+"\n"), "x")
		assert.Error(t, err, bad)
	}
}
