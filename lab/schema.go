package lab

import (
	"encoding/json"
	"io"

	"ovnsim/topology"
)

// form is a value's JSON Schema (draft 2020-12).
type form map[string]any

// The forms of values that keys of a lab file share. YAML's plain scalars are read as they are written, so a text may also
// look like a number or a truth value to other readers of YAML.
var (
	aText       = form{"type": []string{"string", "number", "boolean"}}
	aCount      = form{"type": "integer", "minimum": 0}
	aTime       = form{"type": []string{"string", "number"}, "pattern": `^[0-9.]+(ns|us|µs|ms|s|m|h)?`}
	aTextList   = form{"anyOf": []any{aText, form{"type": "array", "items": aText}}}
	aPortList   = form{"anyOf": []any{aPort, form{"type": "array", "items": aPort}}}
	aPort       = form{"anyOf": []any{form{"type": "integer", "minimum": 1, "maximum": 65535}, form{"type": "string", "pattern": `^[0-9]+(\.\.[0-9]+)?$`}}}
	anAmount    = form{"anyOf": []any{aCount, form{"type": "string", "pattern": `^(some|[0-9]+%?(\.\.([0-9]+%?)?)?)$`}, form{"type": "array", "items": aPort}}}
	anAnswerMap = mapOf(anAmount)
	aFlows      = object("", form{
		"datapath": aText, "stage": aText, "contains": aTextList, "count": aCount,
	})
)

func oneOfForm(words []string) form { return form{"enum": words} }

func mapOf(values form) form { return form{"type": "object", "additionalProperties": values} }

// object is a mapping with known keys; says may be "".
func object(says string, keys form, required ...string) form {
	f := form{"type": "object", "properties": keys, "additionalProperties": false}
	if says != "" {
		f["description"] = says
	}
	if required != nil {
		f["required"] = required
	}
	return f
}

func (f form) saying(text string) form {
	out := form{"description": text}
	for k, v := range f {
		out[k] = v
	}
	return out
}

// WriteSchema writes the JSON Schema of lab files: what an editor needs to complete and check them as they are written.
func WriteSchema(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(labSchema())
}

func labSchema() form {
	properties := form{
		"version":     form{"const": Version, "description": "the version of the lab file's format"},
		"name":        aText,
		"description": aText,
		"seed":        aCount.saying("of what a real network leaves to chance"),
		"validate":    form{"type": "boolean", "description": "false lets rows pass that OVN would ignore"},
		"defaults":    object("", form{"timeout": aTime.saying("how long clients wait")}),
		"hosts":       mapOf(hostSchema()).saying("machines on switch ports, by name"),
		"scenarios":   mapOf(scenarioSchema()).saying("stories, by name, each from the file's own state"),
	}
	definitions := form{}
	for _, t := range topology.Schema() {
		definitions[t.Section] = rowSchema(t)
		properties[t.Section] = rowsOf(t).saying("rows of the northbound table " + t.Name)
		if t.MaxRows == 1 {
			properties[t.Section] = reference(t)
		}
	}
	top := object("A lab of ovnsim: a network, machines on it, and scenarios.", properties)
	top["$schema"], top["title"], top["$defs"] = "https://json-schema.org/draft/2020-12/schema", "ovnsim lab", definitions
	return top
}

func hostSchema() form {
	port := form{"propertyNames": form{"pattern": "^[0-9]+$"}, "type": "object", "additionalProperties": aText}
	return object("", form{
		"port":      aText.saying("the switch port that it is on"),
		"mac":       aText.saying("its Ethernet address; by default the port's"),
		"addresses": aTextList.saying("its addresses with their prefix lengths; by default the port's, in the subnet of the router port on the switch"),
		"routes":    mapOf(aText).saying("gateways by prefix, or by default"),
		"http":      port.saying("what it answers to HTTP requests, by port"),
		"udp":       port.saying("what it answers to datagrams, by port; the datagram follows"),
	}, "port")
}

func scenarioSchema() form {
	keys := form{}
	for _, c := range clauses {
		keys[c.key] = c.form.saying(c.says)
	}
	one := object("", keys)
	return form{"anyOf": []any{form{"type": "null"}, object("", form{
		"description": aText,
		"run":         aText.saying("a script of ovn-nbctl, ip, curl and the like, in a shell"),
		"expect":      form{"anyOf": []any{one, form{"type": "array", "items": one}}, "description": "what is asked and must come of it, in order"},
	})}}
}

func reference(t *topology.Table) form { return form{"$ref": "#/$defs/" + t.Section} }

// rowsOf is rows by name, or in a list.
func rowsOf(t *topology.Table) form {
	row := form{"anyOf": []any{form{"type": "null"}, reference(t)}}
	return form{"anyOf": []any{mapOf(row), form{"type": "array", "items": row}, form{"type": "null"}}}
}

func rowSchema(t *topology.Table) form {
	columns := form{"_uuid": aText}
	if t.Name == "Logical_Router_Port" {
		columns["switch"] = aText.saying("the switch to plug the port into")
	}
	for _, c := range t.Columns {
		columns[c.Name] = columnSchema(c)
	}
	return object("a row of the northbound table "+t.Name, columns)
}

func columnSchema(c *topology.Column) form {
	one := scalarSchema(c)
	switch {
	case c.Ref != nil && c.IsSet():
		item := form{"anyOf": []any{aText, reference(c.Ref)}}
		return form{"anyOf": []any{aText, form{"type": "array", "items": item}, mapOf(form{"anyOf": []any{form{"type": "null"}, reference(c.Ref)}}), form{"type": "null"}}}
	case c.Ref != nil:
		return form{"anyOf": []any{aText, reference(c.Ref), form{"type": "null"}}}
	case c.IsMap:
		return form{"anyOf": []any{mapOf(form{"type": []string{"string", "number", "boolean", "null", "array"}}), form{"type": "null"}}}
	case c.IsSet():
		return form{"anyOf": []any{one, form{"type": "array", "items": one}, form{"type": "null"}}}
	}
	return form{"anyOf": []any{one, form{"type": "null"}}}
}

func scalarSchema(c *topology.Column) form {
	switch {
	case c.Enum != nil:
		return form{"enum": c.Enum}
	case c.Kind == topology.Boolean:
		return form{"type": "boolean"}
	case c.Kind == topology.Integer:
		f := form{"type": "integer"}
		if c.Ranged {
			f["minimum"], f["maximum"] = c.Low, c.High
		}
		return f
	}
	return aText
}
