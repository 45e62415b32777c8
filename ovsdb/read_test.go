package ovsdb_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
)

// show prints a row the way the tests compare it.
func show(r *ovsdb.Row) string {
	var b strings.Builder
	for _, c := range r.Table().Columns {
		if c.Type.Value != ovsdb.Void {
			fmt.Fprintf(&b, "%s=%v ", c.Name, r.Map(c.Name))
		} else if all := r.Strings(c.Name); c.Type.Key != ovsdb.UUIDs && len(all) > 0 {
			fmt.Fprintf(&b, "%s=%q ", c.Name, all)
		}
	}
	return strings.TrimSpace(b.String())
}

func gz(t *testing.T, data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestReadRecordedFiles(t *testing.T) {
	for _, name := range []string{"zoo-standalone.db", "zoo-clustered.db"} {
		data, err := os.ReadFile("testdata/" + name)
		require.NoError(t, err)
		for _, raw := range [][]byte{data, gz(t, data)} {
			db, err := ovsdb.Read(bytes.NewReader(raw), name)
			require.NoError(t, err)
			assert.Equal(t, "Zoo 1.2.3", db.Name+" "+db.Version)
			assert.Empty(t, db.Warnings)
			require.Len(t, db.Rows("Animal"), 1)
			leo := db.Rows("Animal")[0]
			assert.Equal(t, "Leo \"the lion\"\né", leo.String("name"))
			cages := map[string]*ovsdb.Row{}
			for _, r := range db.Rows("Cage") {
				cages[r.String("name")] = r
			}
			require.Len(t, cages, 2)
			one, three := cages["one"], cages["three"]
			assert.Equal(t, []string{"b", "c"}, one.Strings("tags"))
			assert.ElementsMatch(t, []int64{-3, 1, 2, 4}, one.Ints("numbers"))
			assert.Equal(t, map[string]string{"l": "changed", "m": "x"}, one.Map("options"))
			assert.Equal(t, []ovsdb.UUID{leo.UUID}, one.UUIDs("animals"))
			assert.Equal(t, "y", one.String("note"))
			assert.True(t, one.Ref("keeper").IsZero())
			assert.Equal(t, []any{int64(6), true}, pair(one.Int("size")))
			assert.Equal(t, []any{-0.25, true}, pair(one.Real("weight")))
			assert.Equal(t, []any{false, true}, pair(one.Bool("open")))
			assert.Equal(t, []any{int64(0), false}, pair(three.Int("rank")))
			assert.Equal(t, []any{int64(0), true}, pair(three.Int("size")))
			assert.Equal(t, "late", three.String("note"))
			assert.False(t, three.Has("rank"))
			assert.True(t, one.Has("options"))
			assert.Equal(t, "changed", one.Lookup("options", "l"))
			assert.Same(t, leo, db.Row("Animal", leo.UUID))
			assert.Empty(t, db.Rows("Keeper"))
			assert.Empty(t, one.String("no such column"))
		}
	}
}

func pair[A, B any](a A, b B) []any { return []any{a, b} }

const schema = `{"name":"S","version":"1","tables":{"T":{"columns":{"a":{"type":"string"},` +
	`"s":{"type":{"key":"integer","min":0,"max":"unlimited"}},"o":{"type":{"key":"string","min":0,"max":1}},` +
	`"u":{"type":{"key":"uuid","min":0,"max":"unlimited"}},"m":{"type":{"key":"string","value":"integer","min":0,"max":"unlimited"}}}}}}`

const u1, u2 = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"

// log makes a database file of records.
func log(magic string, records ...string) string {
	var b strings.Builder
	for _, r := range records {
		r += "\n"
		fmt.Fprintf(&b, "OVSDB %s %d %x\n%s", magic, len(r), sha1.Sum([]byte(r)), r)
	}
	return b.String()
}

func txn(row string) string { return `{"T":{"` + u1 + `":` + row + `},"_date":1,"_comment":"c"}` }

func diff(row string) string { return `{"T":{"` + u1 + `":` + row + `},"_is_diff" : true}` }

func entry(index int, data string) string {
	return fmt.Sprintf(`{"term":1,"index":%d,"eid":"%s","data":%s}`, index, u1, data)
}

func header(servers, data string) string {
	return `{"server_id":"` + u1 + `","prev_term":1,"prev_index":1,"prev_servers":{` + servers + `},"prev_data":` + data + `}`
}

func TestTransactions(t *testing.T) {
	three := `"` + u1 + `":"tcp:a","` + u2 + `":"tcp:b"`
	for _, c := range []struct{ name, file, want string }{
		{"insert", log("JSON", schema, txn(`{"a":"x"}`)), `a=["x"] m=map[]`},
		{"update", log("JSON", schema, txn(`{"a":"x","s":1}`), txn(`{"a":"y"}`)), `a=["y"] m=map[] s=["1"]`},
		{"delete", log("JSON", schema, txn(`{"a":"x"}`), txn(`null`)), ``},
		{"reborn", log("JSON", schema, txn(`{"a":"x"}`), txn(`null`), txn(`{"s":3}`)), `m=map[] s=["3"]`},
		{"set diff", log("JSON", schema, txn(`{"s":["set",[1,2]]}`), diff(`{"s":["set",[2,3]]}`)), `m=map[] s=["1" "3"]`},
		{"set diff to nothing", log("JSON", schema, txn(`{"s":1}`), diff(`{"s":1}`)), `m=map[]`},
		{"optional diff", log("JSON", schema, txn(`{"o":"x"}`), diff(`{"o":"y"}`)), `m=map[] o=["y"]`},
		{"map diff", log("JSON", schema, txn(`{"m":["map",[["a",1],["b",2],["c",3]]]}`), diff(`{"m":["map",[["a",1],["b",5],["d",4]]]}`)), `m=map[b:5 c:3 d:4]`},
		{"diff of a new row", log("JSON", schema, diff(`{"s":["set",[1,2]]}`)), `m=map[] s=["1" "2"]`},
		{"escapes", log("JSON", schema, txn(`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx"}`)), `a=["\"\\/\b\f\n\r\té😀�x"] m=map[]`},
		{"white space", log("JSON", schema, " { \"T\" : { \""+u1+"\" : { \"s\" : [ \"set\" , [ 1 , 2 ] ] } } } "), `m=map[] s=["1" "2"]`},
		{"cluster", log("CLUSTER", header(three, `[`+schema+`,`+txn(`{"a":"x"}`)+`]`), entry(2, `[null,`+txn(`{"s":1}`)+`]`), `{"commit_index":2}`), `a=["x"] m=map[] s=["1"]`},
		{"uncommitted", log("CLUSTER", header(three, `[`+schema+`,`+txn(`{"a":"x"}`)+`]`), entry(2, `[null,`+txn(`{"s":1}`)+`]`)), `a=["x"] m=map[]`},
		{"one server", log("CLUSTER", header(`"`+u1+`":"tcp:a"`, `[`+schema+`,null]`), entry(2, `[null,`+txn(`{"s":1}`)+`]`)), `m=map[] s=["1"]`},
		{"overruled", log("CLUSTER", header(three, `[`+schema+`,null]`), entry(2, `[null,`+txn(`{"s":1}`)+`]`), entry(2, `[null,`+txn(`{"s":2}`)+`]`), `{"commit_index":2}`), `m=map[] s=["2"]`},
		{"new schema", log("CLUSTER", header(three, `[`+schema+`,`+txn(`{"a":"x"}`)+`]`), entry(2, `[`+schema+`,`+txn(`{"s":1}`)+`]`), `{"commit_index":2}`), `m=map[] s=["1"]`},
	} {
		db, err := ovsdb.Read(strings.NewReader(c.file), c.name)
		if !assert.NoError(t, err, c.name) {
			continue
		}
		got := ""
		for _, r := range db.Rows("T") {
			got += show(r)
		}
		assert.Equal(t, c.want, got, c.name)
	}
}

func TestBadFiles(t *testing.T) {
	good := log("JSON", schema, txn(`{"a":"x"}`), txn(`{"a":"y"}`))
	third := strings.LastIndex(good, "OVSDB")
	for _, c := range []struct{ name, file, want string }{
		{"empty", "", "empty: not an OVSDB database file: it is empty"},
		{"text", "version: 1\n", `text: not an OVSDB database file: it does not begin with "OVSDB"`},
		{"header", "OVSDB JSON x y\n{}\n", `header: record 1, offset 0: damaged: a bad length in the record header "OVSDB JSON x y"`},
		{"magic", strings.Replace(good, "JSON", "YAML", 1), "magic: record 1, offset 0: damaged: an unknown format in the record header"},
		{"cut in the schema", good[:200], "cut in the schema: record 1, offset 0: the file ends inside its first record"},
		{"flipped", strings.Replace(good, `"x"`, `"z"`, 1), "flipped: record 2, offset 4"},
		{"garbage between", good[:third] + "garbage garbage garbage garbage garbage garbage garbage garbage garbage garbage garbage garbage garbage\n" + good[third:], "record 3, offset"},
		{"table", log("JSON", schema, `{"X":{}}`), `unknown table "X"`},
		{"column", log("JSON", schema, txn(`{"b":1}`)), `table T: unknown column "b"`},
		{"type", log("JSON", schema, txn(`{"a":1}`)), `expected '"' at "1}`},
		{"uuid", log("JSON", schema, `{"T":{"1":{}}}`), `"1" is not a UUID`},
		{"uuid value", log("JSON", schema, txn(`{"u":["uuid","zz"]}`)), `"zz" is not a UUID`},
		{"cut JSON", log("JSON", schema, `{"T":{"`+u1+`":{"a":"x`), "a string without its end"},
		{"more JSON", log("JSON", schema, `{} {}`), "unexpected text after the value"},
		{"schema", log("JSON", `{"name":"S"}`), "no database schema"},
		{"mixed", log("JSON", schema) + log("CLUSTER", `{}`), "a CLUSTER record in a JSON file"},
		{"joining", log("CLUSTER", `{"server_id":"`+u1+`","remote_addresses":["tcp:x"]}`), "has not joined its cluster yet"},
		{"gap", log("CLUSTER", header("", `[`+schema+`,null]`), entry(5, `[null,null]`)), "entry 5 where entry 2 should follow"},
		{"deep", log("JSON", schema, `{"_x":`+strings.Repeat("[", 1000)), "nested more than 64 deep"},
	} {
		_, err := ovsdb.Read(strings.NewReader(c.file), c.name)
		assert.ErrorContains(t, err, c.want, c.name)
	}
}

func TestTruncatedEnd(t *testing.T) {
	whole := log("JSON", schema, txn(`{"a":"x"}`), txn(`{"a":"y"}`))
	last := strings.LastIndex(whole, "OVSDB")
	for cut := last + 1; cut < len(whole); cut++ {
		db, err := ovsdb.Read(strings.NewReader(whole[:cut]), "f")
		require.NoError(t, err, cut)
		assert.Equal(t, []string{fmt.Sprintf("f: record 3, offset %d: the file ends inside this record; it was left out", last)}, db.Warnings)
		assert.Equal(t, "x", db.Rows("T")[0].String("a"))
	}
	z := gz(t, []byte(whole))
	db, err := ovsdb.Read(bytes.NewReader(z[:len(z)-10]), "f")
	require.NoError(t, err)
	assert.Contains(t, db.Warnings[0], "the gzip'd file is truncated")
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"zoo-standalone.db", "zoo-clustered.db"} {
		data, err := os.ReadFile("testdata/" + name)
		require.NoError(f, err)
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if db, err := ovsdb.Read(strings.NewReader(text), "f"); err == nil {
			checkWrite(t, db)
		}
	})
}

// FuzzTransaction makes the checksum right, so that the fuzzer comes past it.
func FuzzTransaction(f *testing.F) {
	f.Add(txn(`{"a":"x","s":["set",[1,2]],"m":["map",[["a",1]]],"u":["uuid","`+u2+`"]}`), diff(`{"s":2,"m":["map",[["a",1],["b",2]]]}`))
	f.Fuzz(func(t *testing.T, a, b string) {
		if db, err := ovsdb.Read(strings.NewReader(log("JSON", schema, a, b)), "f"); err == nil {
			checkWrite(t, db)
		}
	})
}

// checkWrite: what was written reads back to the same rows.
func checkWrite(t *testing.T, db *ovsdb.Database) {
	var first, second bytes.Buffer
	require.NoError(t, db.Write(&first))
	again, err := ovsdb.Read(bytes.NewReader(first.Bytes()), "again")
	require.NoError(t, err, first.String())
	require.NoError(t, again.Write(&second))
	require.Equal(t, first.String(), second.String())
}
