package ovsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Kind is a base type of RFC 7047 section 3.2.
type Kind uint8

// The base types. Void is the value type of what is no map.
const (
	Void Kind = iota
	Integer
	Real
	Boolean
	String
	UUIDs
)

var kindNames = [...]string{"void", "integer", "real", "boolean", "string", "uuid"}

func (k Kind) String() string { return kindNames[k] }

// Type is a column's type: Min to Max values of Key, or pairs of Key and Value. Max is -1 for "unlimited".
type Type struct {
	Key, Value Kind
	Min, Max   int
	RefTable   string // of the key, "" for no reference
	Weak       bool   // of the key's reference
}

// Column is one column of a table's schema. Ephemeral columns are never in a file.
type Column struct {
	Name      string
	Type      Type
	Ephemeral bool
}

// jsonSchema is the part of RFC 7047's <database-schema> that reading needs.
type jsonSchema struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Tables  map[string]struct {
		Columns map[string]struct {
			Type      jsonType `json:"type"`
			Ephemeral bool     `json:"ephemeral"`
		} `json:"columns"`
		IsRoot bool `json:"isRoot"`
	} `json:"tables"`
}

type jsonType struct{ Type }

type jsonBase struct {
	Kind
	refTable, refType string
}

// UnmarshalJSON reads both forms of <type>: the name of a base type, or an object.
func (t *jsonType) UnmarshalJSON(b []byte) error {
	var name string
	if json.Unmarshal(b, &name) == nil {
		k, err := kindNamed(name)
		t.Type = Type{Key: k, Min: 1, Max: 1}
		return err
	}
	var o struct {
		Key   jsonBase        `json:"key"`
		Value jsonBase        `json:"value"`
		Min   *int            `json:"min"`
		Max   json.RawMessage `json:"max"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	t.Type = Type{Key: o.Key.Kind, Value: o.Value.Kind, Min: 1, Max: 1, RefTable: o.Key.refTable, Weak: o.Key.refType == "weak"}
	if t.Key == Void {
		return errors.New("a column type without a key")
	}
	if o.Min != nil {
		t.Min = *o.Min
	}
	switch {
	case string(o.Max) == `"unlimited"`:
		t.Max = -1
	case o.Max != nil:
		return json.Unmarshal(o.Max, &t.Max)
	}
	return nil
}

// UnmarshalJSON reads both forms of <base-type>; limits and enumerations are the server's to enforce.
func (k *jsonBase) UnmarshalJSON(b []byte) error {
	var o struct {
		Type     string `json:"type"`
		RefTable string `json:"refTable"`
		RefType  string `json:"refType"`
	}
	if json.Unmarshal(b, &o.Type) != nil {
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
	}
	var err error
	k.Kind, err = kindNamed(o.Type)
	k.refTable, k.refType = o.RefTable, o.RefType
	return err
}

func kindNamed(name string) (Kind, error) {
	if i := slices.Index(kindNames[1:], name); i >= 0 {
		return Kind(i + 1), nil
	}
	return Void, fmt.Errorf("unknown type %q", name)
}

// New is an empty database of a schema in the form of RFC 7047 (an .ovsschema file).
func New(schema []byte) (*Database, error) {
	var s jsonSchema
	if err := json.Unmarshal(schema, &s); err != nil {
		return nil, fmt.Errorf("database schema: %w", err)
	}
	if s.Name == "" || s.Tables == nil {
		return nil, errors.New("no database schema: it has no name or no tables")
	}
	db := &Database{Name: s.Name, Version: s.Version, Tables: make(map[string]*Table, len(s.Tables)), schema: string(schema)}
	for name, st := range s.Tables {
		t := &Table{Name: name, byUUID: map[UUID]*Row{}, column: map[string]int{}, root: st.IsRoot}
		for column, sc := range st.Columns {
			t.Columns = append(t.Columns, Column{Name: column, Type: sc.Type.Type, Ephemeral: sc.Ephemeral})
		}
		slices.SortFunc(t.Columns, func(a, b Column) int { return compare(a.Name, b.Name) })
		for i := range t.Columns {
			t.column[t.Columns[i].Name] = i
		}
		db.Tables[name] = t
	}
	return db, nil
}
