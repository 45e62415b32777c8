package nbctl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"ovnsim/topology"
)

// table is what list and find print.
type table struct {
	headings []string
	rows     [][]cell
}

// cell is one value of a row: of a column, or the row's UUID if column is nil.
type cell struct {
	column *topology.Column
	datum  topology.Datum
	row    topology.Record
}

// print writes the table in the format that the global options ask for; first tells that no table has been printed before.
func (t *table) print(w *bytes.Buffer, g *global, first bool) {
	before := w.Len()
	switch g.format {
	case "table":
		t.printAligned(w, g)
	case "html":
		t.printHTML(w, g)
	case "csv":
		t.printCSV(w, g)
	case "json":
		t.printJSON(w, g)
	default:
		t.printList(w, g)
	}
	if !first && g.format != "html" && g.format != "json" && (w.Len() > before || g.format != "list") {
		text := bytes.Clone(w.Bytes()[before:])
		w.Truncate(before)
		w.WriteByte('\n')
		w.Write(text)
	}
}

func (t *table) printList(w *bytes.Buffer, g *global) {
	for i, row := range t.rows {
		if i > 0 {
			w.WriteByte('\n')
		}
		for j, cell := range row {
			if !g.noHeadings {
				fmt.Fprintf(w, "%-20s: ", t.headings[j])
			}
			w.WriteString(cell.text(g.data) + "\n")
		}
	}
}

// printAligned writes columns as wide as their widest cell, the last without trailing spaces.
func (t *table) printAligned(w *bytes.Buffer, g *global) {
	lines := [][]string{}
	if !g.noHeadings {
		lines = append(lines, t.headings)
	}
	for _, row := range t.rows {
		lines = append(lines, texts(row, g.data))
	}
	widths := make([]int, len(t.headings))
	for _, line := range lines {
		for j, text := range line {
			widths[j] = max(widths[j], utf8.RuneCountInString(text))
		}
	}
	for i, line := range lines {
		writeAligned(w, line, widths)
		if i == 0 && !g.noHeadings {
			rule := make([]string, len(widths))
			for j, width := range widths {
				rule[j] = strings.Repeat("-", width)
			}
			writeAligned(w, rule, widths)
		}
	}
}

func writeAligned(w *bytes.Buffer, line []string, widths []int) {
	for j, text := range line {
		if j > 0 {
			w.WriteByte(' ')
		}
		w.WriteString(text)
		if j < len(line)-1 {
			w.WriteString(strings.Repeat(" ", widths[j]-utf8.RuneCountInString(text)))
		}
	}
	w.WriteByte('\n')
}

func texts(row []cell, data string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = cell.text(data)
	}
	return out
}

func (t *table) printCSV(w *bytes.Buffer, g *global) {
	write := func(line []string) {
		for i, text := range line {
			if i > 0 {
				w.WriteByte(',')
			}
			if strings.ContainsAny(text, "\n,\"") {
				text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			}
			w.WriteString(text)
		}
		w.WriteByte('\n')
	}
	if !g.noHeadings {
		write(t.headings)
	}
	for _, row := range t.rows {
		write(texts(row, g.data))
	}
}

func (t *table) printHTML(w *bytes.Buffer, g *global) {
	w.WriteString("<table border=1>\n")
	write := func(tag string, line []string) {
		w.WriteString("  <tr>\n")
		for _, text := range line {
			fmt.Fprintf(w, "    <%s>%s</%s>\n", tag, text, tag)
		}
		w.WriteString("  </tr>\n")
	}
	if !g.noHeadings {
		write("th", t.headings)
	}
	for _, row := range t.rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = cell.html(g.data)
		}
		write("td", line)
	}
	w.WriteString("</table>\n")
}

// html is the cell's text with links from references to the rows they lead to.
func (c cell) html(data string) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
	if c.column == nil {
		id := c.row.Base().UUID.String()
		return fmt.Sprintf("<a name=%q>%s</a>", id, id[:8])
	}
	text := escape(c.text(data))
	if c.column.Ref == nil {
		return text
	}
	for _, k := range c.datum.Keys {
		id := k.Row.Base().UUID.String()
		text = strings.Replace(text, id, fmt.Sprintf("<a href=\"#%s\">%s</a>", id, html.EscapeString(id[:8])), 1)
	}
	return text
}

func (t *table) printJSON(w *bytes.Buffer, g *global) {
	rows := make([]any, len(t.rows))
	for i, row := range t.rows {
		cells := make([]any, len(row))
		for j, cell := range row {
			cells[j] = cell.json()
		}
		rows[i] = cells
	}
	whole := map[string]any{"headings": t.headings, "data": rows}
	if g.noHeadings {
		delete(whole, "headings")
	}
	if g.prettyJSON {
		w.WriteString(pretty(normal(whole), "") + "\n")
		return
	}
	w.WriteString(compact(whole) + "\n")
}

func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings, numbers and booleans always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// normal is v as a JSON decoder would give it.
func normal(v any) any {
	var out any
	if err := json.Unmarshal([]byte(compact(v)), &out); err != nil {
		panic(err)
	}
	return out
}

// pretty writes JSON with a member or element a line and the closing brackets where the last one ends.
func pretty(v any, indent string) string {
	inner := indent + "  "
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = inner + pretty(e, inner)
		}
		return "[\n" + strings.Join(parts, ",\n") + "]"
	case map[string]any:
		var parts []string
		for _, k := range sortedKeys(v) {
			parts = append(parts, inner+compact(k)+": "+pretty(v[k], inner))
		}
		return "{\n" + strings.Join(parts, ",\n") + "}"
	}
	return compact(v)
}
