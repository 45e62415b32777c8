package topology

// NBGlobal is a row of the NB_Global table, as ovn-nb(5) describes it.
type NBGlobal struct {
	Row            `ovsdb:"NB_Global" nb:"yaml=nb_global,root,rows=1"`
	Name           string            `ovsdb:"name"`
	NbCfg          int64             `ovsdb:"nb_cfg"`
	NbCfgTimestamp int64             `ovsdb:"nb_cfg_timestamp"`
	SbCfg          int64             `ovsdb:"sb_cfg"`
	SbCfgTimestamp int64             `ovsdb:"sb_cfg_timestamp"`
	HvCfg          int64             `ovsdb:"hv_cfg"`
	HvCfgTimestamp int64             `ovsdb:"hv_cfg_timestamp"`
	ExternalIDs    map[string]string `ovsdb:"external_ids"`
	Connections    []*Connection     `ovsdb:"connections"`
	SSL            *SSL              `ovsdb:"ssl" nb:"optional"`
	Options        map[string]string `ovsdb:"options"`
	Ipsec          bool              `ovsdb:"ipsec"`
}

// Connection is a row of the Connection table, as ovn-nb(5) describes it.
type Connection struct {
	Row             `ovsdb:"Connection" nb:"yaml=connections,key=target,index=target"`
	Target          string            `ovsdb:"target"`
	MaxBackoff      *int64            `ovsdb:"max_backoff" nb:"optional,range=1000.."`
	InactivityProbe *int64            `ovsdb:"inactivity_probe" nb:"optional"`
	OtherConfig     map[string]string `ovsdb:"other_config"`
	ExternalIDs     map[string]string `ovsdb:"external_ids"`
	IsConnected     bool              `ovsdb:"is_connected" nb:"ephemeral"`
	Status          map[string]string `ovsdb:"status" nb:"ephemeral"`
}

// SSL is a row of the SSL table, as ovn-nb(5) describes it.
type SSL struct {
	Row             `ovsdb:"SSL" nb:"yaml=ssl,rows=1"`
	PrivateKey      string            `ovsdb:"private_key"`
	Certificate     string            `ovsdb:"certificate"`
	CACert          string            `ovsdb:"ca_cert"`
	BootstrapCACert bool              `ovsdb:"bootstrap_ca_cert"`
	SSLProtocols    string            `ovsdb:"ssl_protocols"`
	SSLCiphers      string            `ovsdb:"ssl_ciphers"`
	SSLCiphersuites string            `ovsdb:"ssl_ciphersuites"`
	ExternalIDs     map[string]string `ovsdb:"external_ids"`
}
