package expr

// forms are the bound prerequisites and predicates of the symbol table: they name no ports and no sets, so that one binding
// serves all.
var forms = makeForms(table)

type symbolForms struct {
	prereqs  []cond // by SymbolID
	positive []cond
	negative []cond
}

func (f *symbolForms) prereq(s *Symbol) *cond { return &f.prereqs[s.ID] }

func (f *symbolForms) predicate(s *Symbol, positive bool) *cond {
	if positive {
		return &f.positive[s.ID]
	}
	return &f.negative[s.ID]
}

// makeForms binds in the order of the table, where prerequisites and expansions stand before their users.
func makeForms(t *symbolTable) *symbolForms {
	n := len(t.rows)
	f := &symbolForms{make([]cond, n), make([]cond, n), make([]cond, n)}
	for i := range t.rows[1:] {
		s := &t.rows[i+1]
		if s.Prereq != "" {
			f.prereqs[s.ID] = f.bind(s.Prereq)
		}
		if s.IsPredicate() {
			c := f.bind(s.Expansion)
			f.positive[s.ID], f.negative[s.ID] = c, c.negated()
		}
	}
	return f
}

func (f *symbolForms) bind(text string) cond {
	p := parser{lex: Lexer{Input: text}}
	e, err := p.parse()
	if err != nil {
		panic("expr: " + text + ": " + err.Error())
	}
	c, err := (&Binder{forms: f}).bind(e, false)
	if err != nil {
		panic("expr: " + text + ": " + err.Error())
	}
	return c
}
