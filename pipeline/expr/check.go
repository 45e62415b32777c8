package expr

import "fmt"

// subfieldError says why bits low to high of a symbol cannot be had; "" if they can.
func subfieldError(s *Symbol, low, high int) string {
	width := int(s.Width)
	switch {
	case low > high:
		return fmt.Sprintf("Invalid bit range %d to %d.", low, high)
	case s.IsString():
		return "Cannot select subfield of string field " + s.Name + "."
	case high >= width:
		return fmt.Sprintf("Cannot select bits %d to %d of %d-bit field %s.", low, high, width, s.Name)
	case s.Level == Nominal && high-low+1 != width:
		return "Cannot select subfield of nominal field " + s.Name + "."
	}
	return ""
}

// check is OVN's sense of which comparisons make no sense: types, widths, and relations that the level of measurement does
// not have. Widths are those of the symbol named, not of the bits selected: OVN drops the constant's higher bits.
func (p *parser) check(pos int, r Ref, op Op, set ConstantSet) {
	if p.lex.Err != nil {
		return
	}
	s := r.Symbol()
	for i := range set.Items {
		if msg := constantError(s, &set.Items[i]); msg != "" {
			p.lex.errorAt(pos, msg)
			return
		}
	}
	msg := relationError(s, op, set)
	if msg == "" && s.Level == Nominal {
		msg = p.nominalError(s, op, set)
	}
	if msg != "" {
		p.lex.errorAt(pos, msg)
	}
}

// constantError says why a constant cannot be compared with a symbol. Sets are looked into by Bind.
func constantError(s *Symbol, c *Constant) string {
	switch {
	case c.Kind > String:
		return ""
	case s.IsString() != c.isName():
		return kindError(s)
	case c.Kind == Integer && c.Width() > int(s.Width):
		return fmt.Sprintf("%d-bit constant is not compatible with %d-bit field %s.", c.Width(), s.Width, s.Name)
	}
	return ""
}

func kindError(s *Symbol) string {
	if s.IsString() {
		return "String field " + s.Name + " is not compatible with integer constant."
	}
	return "Integer field " + s.Name + " is not compatible with string constant."
}

func relationError(s *Symbol, op Op, set ConstantSet) string {
	switch {
	case op == EQ || op == NE:
		return ""
	case len(set.Items) > 1:
		return "Only == and != operators may be used with value sets."
	case s.Level != Ordinal:
		return fmt.Sprintf("Only == and != operators may be used with %s field %s.", s.Level, s.Name)
	case set.Items[0].Masked:
		return "Only == and != operators may be used with masked constants.  Consider using subfields instead " +
			"(e.g. eth.src[0..15] > 0x1111 in place of eth.src > 00:00:00:00:11:11/00:00:00:00:ff:ff)."
	}
	return ""
}

// nominalError says why a nominal symbol cannot be tested so: flows can say what it is, not what it is not.
func (p *parser) nominalError(s *Symbol, op Op, set ConstantSet) string {
	if !s.IsPredicate() {
		if (op == EQ) == p.not {
			return "Nominal field " + s.Name + " may only be tested for equality (taking enclosing `!' operators into account)."
		}
		return ""
	}
	for i := range set.Items {
		one := set.Items[i].Value.Lo&1 != 0
		if one == (op == EQ) == p.not {
			return nominalPredicateError(s)
		}
	}
	return ""
}

func nominalPredicateError(s *Symbol) string {
	return fmt.Sprintf("Nominal predicate %[1]s may only be tested positively, e.g. `%[1]s' or `%[1]s == 1' but not `!%[1]s' or `%[1]s == 0'.", s.Name)
}

// CheckWidth says why a reference cannot stand where bits bits are required, 0 for a string; nil if it can. write is where
// the reference is to be assigned to, ReadOnly for nowhere (ovn-sb(5), column actions).
func (r Ref) CheckWidth(bits int, write Write) error {
	s := r.Symbol()
	low := int(r.Low)
	switch {
	case s.IsPredicate() && write != ReadOnly:
		return fmt.Errorf("Predicate symbol %s used where lvalue required.", s.Name)
	case bits != 0 && r.IsString():
		return fmt.Errorf("Cannot use string field %s where numeric field is required.", s.Name)
	case bits == 0 && !r.IsString():
		return fmt.Errorf("Cannot use numeric field %s where string field is required.", s.Name)
	case bits != int(r.Width):
		return fmt.Errorf("Cannot use %d-bit field %s[%d..%d] where %d-bit field is required.", r.Width, s.Name, low, low+int(r.Width)-1, bits)
	case write != ReadOnly && s.Write != Anywhere && s.Write != write:
		return fmt.Errorf("Field %s is not modifiable.", s.Name)
	}
	return nil
}
