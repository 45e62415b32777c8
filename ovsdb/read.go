package ovsdb

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// FormatError says what is wrong with a database file, and where.
type FormatError struct {
	File   string
	Record int   // counted from 1; 0 when the file is no database at all
	Offset int64 // of the trouble, in bytes of the (decompressed) file
	Err    error
}

func (e *FormatError) Error() string {
	if e.Record == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s: record %d, offset %d: %v", e.File, e.Record, e.Offset, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// ErrNotDatabase is what FormatError wraps when a file is something else altogether.
var ErrNotDatabase = errors.New("not an OVSDB database file")

// Open reads a database file, standalone or clustered, gzip'd or not.
func Open(path string) (*Database, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return decode(data, filepath.Base(path))
}

// Read is Open for what is no file; name stands for it in messages.
func Read(r io.Reader, name string) (*Database, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return decode(data, name)
}

// IsDatabase tells from the first bytes of a file whether it is one: "OVSDB " or gzip's magic number.
func IsDatabase(head []byte) bool {
	return bytes.HasPrefix(head, []byte("OVSDB ")) || bytes.HasPrefix(head, gzipMagic)
}

var gzipMagic = []byte{0x1f, 0x8b}

// decode owns data: rows keep pointing into it.
func decode(data []byte, name string) (*Database, error) {
	var warnings []string
	if bytes.HasPrefix(data, gzipMagic) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, &FormatError{File: name, Err: fmt.Errorf("gzip: %w", err)}
		}
		data, err = io.ReadAll(z)
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF) && len(data) > 0:
			warnings = append(warnings, fmt.Sprintf("%s: the gzip'd file is truncated", name))
		case err != nil:
			return nil, &FormatError{File: name, Err: fmt.Errorf("gzip: %w", err)}
		}
	}
	f := &file{name: name, text: unsafe.String(unsafe.SliceData(data), len(data))}
	db, err := f.load()
	if err != nil {
		return nil, err
	}
	for _, t := range db.Tables {
		t.sweep()
	}
	db.Warnings = append(warnings, f.warnings...)
	return db, nil
}

// file is a log being read: ovsdb(5)'s series of records.
type file struct {
	name, text string
	magic      string // of every record: JSON or CLUSTER
	pos        int    // where the next record begins
	record     int    // number of the current record
	body       int    // where the current record's JSON begins
	warnings   []string
}

func (f *file) errorf(offset int, format string, args ...any) error {
	return &FormatError{File: f.name, Record: f.record, Offset: int64(offset), Err: fmt.Errorf(format, args...)}
}

func (f *file) load() (*Database, error) {
	if len(f.text) == 0 {
		return nil, &FormatError{File: f.name, Err: fmt.Errorf("%w: it is empty", ErrNotDatabase)}
	}
	if !strings.HasPrefix(f.text, "OVSDB ") {
		return nil, &FormatError{File: f.name, Err: fmt.Errorf("%w: it does not begin with \"OVSDB\"", ErrNotDatabase)}
	}
	first, ok, err := f.next()
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, f.errorf(0, "the file ends inside its first record")
	case f.magic == "CLUSTER":
		return f.cluster(first)
	}
	return f.standalone(first)
}

func (f *file) standalone(schema string) (*Database, error) {
	db, err := New([]byte(schema))
	if err != nil {
		return nil, f.errorf(f.body, "%w", err)
	}
	for {
		body, ok, err := f.next()
		if err != nil || !ok {
			return db, err
		}
		c := scanner{s: body}
		db.apply(&c)
		if err := f.finish(&c); err != nil {
			return nil, err
		}
	}
}

// finish turns a scanner's error into the file's, and refuses what follows the record's value.
func (f *file) finish(c *scanner) error {
	if c.err == nil && c.peek() != 0 {
		c.fail("unexpected text after the value: %s", c.found())
	}
	if c.err != nil {
		return f.errorf(f.body+c.at, "%w", c.err)
	}
	return nil
}

// next reads a record. It returns false at the end, also where the last record is cut off: that is what a crash or a copy of a
// file in use leaves, and the log before it is whole (ovsdb-server recovers the same way).
func (f *file) next() (body string, ok bool, err error) {
	for f.pos < len(f.text) && f.text[f.pos] == '\n' {
		f.pos++
	}
	if f.pos == len(f.text) {
		return "", false, nil
	}
	f.record++
	start := f.pos
	line, rest, whole := strings.Cut(f.text[start:], "\n")
	if !whole && len(line) < 100 {
		return "", false, f.truncated(start)
	}
	magic, length, sum, err := parseHeader(line)
	switch {
	case err != nil:
		return "", false, f.errorf(start, "%w", err)
	case f.magic != "" && magic != f.magic:
		return "", false, f.errorf(start, "a %s record in a %s file", magic, f.magic)
	case length > len(rest):
		return "", false, f.truncated(start)
	}
	f.magic, f.body = magic, start+len(line)+1
	body = rest[:length]
	if sha1.Sum(unsafe.Slice(unsafe.StringData(body), len(body))) != sum {
		return "", false, f.errorf(f.body, "damaged: the SHA-1 checksum is not that of the header")
	}
	if !utf8.ValidString(body) {
		return "", false, f.errorf(f.body, "damaged: not UTF-8")
	}
	f.pos = f.body + length
	return body, true, nil
}

func (f *file) truncated(start int) error {
	if f.record == 1 {
		return f.errorf(start, "the file ends inside its first record")
	}
	f.warnings = append(f.warnings, fmt.Sprintf("%s: record %d, offset %d: the file ends inside this record; it was left out",
		f.name, f.record, start))
	f.pos = len(f.text)
	return nil
}

// parseHeader reads "OVSDB <magic> <length> <hash>".
func parseHeader(line string) (magic string, length int, sum [sha1.Size]byte, err error) {
	words := strings.Split(line, " ")
	bad := func(why string) (string, int, [sha1.Size]byte, error) {
		return "", 0, sum, fmt.Errorf("damaged: %s in the record header %.60q", why, line)
	}
	if len(words) != 4 || words[0] != "OVSDB" {
		return bad(`no "OVSDB <magic> <length> <hash>"`)
	}
	if words[1] != "JSON" && words[1] != "CLUSTER" {
		return bad("an unknown format")
	}
	if length, err = strconv.Atoi(words[2]); err != nil || length <= 0 {
		return bad("a bad length")
	}
	if len(words[3]) != 2*len(sum) {
		return bad("a bad checksum")
	}
	if _, err = hex.Decode(sum[:], []byte(words[3])); err != nil {
		return bad("a bad checksum")
	}
	return words[1], length, sum, nil
}
