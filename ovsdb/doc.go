// Package ovsdb reads and writes OVSDB database files, standalone and clustered, as tables of rows, without a server.
//
// The files are those of ovsdb(5): a log of JSON records, each with its length and SHA-1. Reading applies every
// transaction of the log and leaves the rows as the server would show them:
//
//	db, err := ovsdb.Open("ovnnb_db.db")
//	for _, row := range db.Tables["Logical_Switch"].Rows {
//		fmt.Println(row.UUID, row.String("name"))
//	}
//
// A column's value stays the JSON text of the file until an accessor asks for it, and strings without escapes are slices of
// the file's text: a database of a few hundred thousand rows loads in a fraction of a second.
package ovsdb
