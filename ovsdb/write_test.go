package ovsdb_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
)

func TestSet(t *testing.T) {
	db, err := ovsdb.New([]byte(schema))
	require.NoError(t, err)
	row := db.Tables["T"].Insert(ovsdb.UUID{15: 1})
	for _, c := range []struct {
		column string
		values []string
		json   string
		err    string
	}{
		{"a", []string{"x\n\"<>\x7f\u2028"}, "\"x\\n\\\"<>\x7f\\u2028\"", ""},
		{"s", []string{"1", "-2"}, `["set",[1,-2]]`, ""},
		{"s", []string{"1"}, `1`, ""},
		{"s", nil, `["set",[]]`, ""},
		{"u", []string{u2}, `["uuid","` + u2 + `"]`, ""},
		{"s", []string{"x"}, ``, "expected a number"},
		{"a", []string{"x", "y"}, ``, `table T, column a: expected '"'`},
		{"b", nil, ``, `table T has no column "b"`},
	} {
		err := row.Set(c.column, c.values...)
		if c.err != "" {
			assert.ErrorContains(t, err, c.err)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, c.json, row.JSON(c.column))
		assert.Equal(t, c.values, row.Strings(c.column))
	}
	require.NoError(t, row.SetMap("m", map[string]string{"b": "2", "a\"": "1"}))
	assert.Equal(t, map[string]string{"b": "2", "a\"": "1"}, row.Map("m"))
	assert.Error(t, row.SetMap("m", map[string]string{"b": "x"}))
	checkWrite(t, db)
	db.Tables["T"].Delete(row.UUID)
	assert.Empty(t, db.Rows("T"))
}

func Example() {
	db, _ := ovsdb.New([]byte(`{"name": "Pets", "version": "1.0.0", "tables": {"Dog": {"columns": {
		"name": {"type": "string"}, "tricks": {"type": {"key": "string", "min": 0, "max": "unlimited"}}}}}}`))
	id, _ := ovsdb.ParseUUID("0f5a6b4e-0000-4000-8000-000000000001")
	rex := db.Tables["Dog"].Insert(id)
	_ = rex.Set("name", "Rex")
	_ = rex.Set("tricks", "sit", "roll")
	var file bytes.Buffer
	_ = db.Write(&file)

	db, err := ovsdb.Read(&file, "pets.db")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range db.Rows("Dog") {
		fmt.Println(row.UUID, row.String("name"), row.Strings("tricks"))
	}
	// Output: 0f5a6b4e-0000-4000-8000-000000000001 Rex [sit roll]
}
