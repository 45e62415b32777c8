package action

import "ovnsim/pipeline/expr"

// GetARP stores a neighbour's MAC in eth.dst, 0 if none is known: get_arp(outport, reg0);
type GetARP struct{ Port, Addr expr.Ref }

// PutARP learns a neighbour: put_arp(inport, arp.spa, arp.sha);
type PutARP struct{ Port, Addr, MAC expr.Ref }

// LookupARP stores whether a neighbour is known with this MAC: reg9[2] = lookup_arp(inport, arp.spa, arp.sha);
type LookupARP struct{ Dst, Port, Addr, MAC expr.Ref }

// LookupARPIP stores whether a neighbour is known with any MAC: reg9[3] = lookup_arp_ip(inport, arp.spa);
type LookupARPIP struct{ Dst, Port, Addr expr.Ref }

// GetND is GetARP for IPv6: get_nd(outport, xxreg0);
type GetND struct{ Port, Addr expr.Ref }

// PutND is PutARP for IPv6: put_nd(inport, nd.target, nd.tll);
type PutND struct{ Port, Addr, MAC expr.Ref }

// LookupND is LookupARP for IPv6: reg9[2] = lookup_nd(inport, ip6.src, nd.sll);
type LookupND struct{ Dst, Port, Addr, MAC expr.Ref }

// LookupNDIP is LookupARPIP for IPv6: reg9[3] = lookup_nd_ip(inport, ip6.src);
type LookupNDIP struct{ Dst, Port, Addr expr.Ref }

// MACCacheUse notes that the packet used a MAC binding, so that it does not age: mac_cache_use;
type MACCacheUse struct{}

// PutFDB learns the port of a MAC: put_fdb(inport, eth.src);
type PutFDB struct{ Port, MAC expr.Ref }

// GetFDB stores the port that a MAC was learned on, "none" if on none: outport = get_fdb(eth.dst);
type GetFDB struct{ Dst, MAC expr.Ref }

// GetRemoteFDB is GetFDB among the MACs of remote tunnel endpoints: remote_outport = get_remote_fdb(eth.dst);
type GetRemoteFDB struct{ Dst, MAC expr.Ref }

// LookupFDB stores whether a MAC was learned on a port: reg0[11] = lookup_fdb(inport, eth.src);
type LookupFDB struct{ Dst, Port, MAC expr.Ref }

func (a *GetARP) String() string       { return Format(a, At{}) }
func (a *PutARP) String() string       { return Format(a, At{}) }
func (a *LookupARP) String() string    { return Format(a, At{}) }
func (a *LookupARPIP) String() string  { return Format(a, At{}) }
func (a *GetND) String() string        { return Format(a, At{}) }
func (a *PutND) String() string        { return Format(a, At{}) }
func (a *LookupND) String() string     { return Format(a, At{}) }
func (a *LookupNDIP) String() string   { return Format(a, At{}) }
func (a *MACCacheUse) String() string  { return Format(a, At{}) }
func (a *PutFDB) String() string       { return Format(a, At{}) }
func (a *GetFDB) String() string       { return Format(a, At{}) }
func (a *GetRemoteFDB) String() string { return Format(a, At{}) }
func (a *LookupFDB) String() string    { return Format(a, At{}) }

func (a *GetARP) append(b []byte, _ At) []byte {
	return refs(append(b, "get_arp("...), a.Port, a.Addr)
}

func (a *PutARP) append(b []byte, _ At) []byte {
	return refs(append(b, "put_arp("...), a.Port, a.Addr, a.MAC)
}

func (a *LookupARP) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "lookup_arp"), a.Port, a.Addr, a.MAC)
}

func (a *LookupARPIP) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "lookup_arp_ip"), a.Port, a.Addr)
}

func (a *GetND) append(b []byte, _ At) []byte {
	return refs(append(b, "get_nd("...), a.Port, a.Addr)
}

func (a *PutND) append(b []byte, _ At) []byte {
	return refs(append(b, "put_nd("...), a.Port, a.Addr, a.MAC)
}

func (a *LookupND) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "lookup_nd"), a.Port, a.Addr, a.MAC)
}

func (a *LookupNDIP) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "lookup_nd_ip"), a.Port, a.Addr)
}

func (a *MACCacheUse) append(b []byte, _ At) []byte { return word(b, "mac_cache_use") }

func (a *PutFDB) append(b []byte, _ At) []byte {
	return refs(append(b, "put_fdb("...), a.Port, a.MAC)
}

func (a *GetFDB) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "get_fdb"), a.MAC)
}

func (a *GetRemoteFDB) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "get_remote_fdb"), a.MAC)
}

func (a *LookupFDB) append(b []byte, _ At) []byte {
	return refs(result(b, a.Dst, "lookup_fdb"), a.Port, a.MAC)
}
