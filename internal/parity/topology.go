package parity

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// WriteRows is a topology as the rows of a database file, without the schema that comes before them there: an object of
// tables, of rows by UUID.
func WriteRows(t *topology.Topology) ([]byte, error) {
	var b bytes.Buffer
	if err := t.WriteDatabase(&b); err != nil {
		return nil, err
	}
	lines := strings.SplitN(b.String(), "\n", 4)
	if len(lines) < 4 {
		return []byte("{}\n"), nil
	}
	return []byte(lines[3]), nil
}

// ReadRows reads what WriteRows wrote.
func ReadRows(rows []byte) (*topology.Topology, error) {
	var file bytes.Buffer
	for _, record := range [][]byte{append(bytes.TrimSpace(topology.SchemaJSON()), '\n'), rows} {
		fmt.Fprintf(&file, "OVSDB JSON %d %x\n", len(record), sha1.Sum(record))
		file.Write(record)
	}
	db, err := ovsdb.Read(&file, "rows")
	if err != nil {
		return nil, err
	}
	return topology.FromDatabase(db)
}
