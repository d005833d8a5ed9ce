/** What predraft does with each parameter of a connection string. */

/** Parameters that libpq and the drivers know and that act here, too. */
const acting = new Set([
  ...["host", "hostaddr", "port", "dbname", "user", "password"],
  ...[
    "sslmode",
    "ssl",
    "sslnegotiation",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcrl",
    "sslsni",
  ],
  ...["sslcertmode", "ssl_min_protocol_version", "ssl_max_protocol_version", "channel_binding"],
  ...["uselibpqcompat", "target_session_attrs", "load_balance_hosts", "connect_timeout", "client_encoding"],
  ...["keepalives", "keepalives_idle", "application_name", "fallback_application_name"],
]);

/** Parameters that go to the server as they are, when a session begins. */
export const sessionParameters = [
  ...["options", "search_path", "timezone", "statement_timeout", "lock_timeout"],
  "idle_in_transaction_session_timeout",
] as const;

/** Parameters that change nothing for predraft: other tools' own, and libpq's for what the drivers don't do. */
const harmless = new Set([
  // Prisma, and the services that print an address for it
  ...["pgbouncer", "schema", "connection_limit", "pool_timeout", "socket_timeout", "statement_cache_size"],
  ...["workaround", "supa", "single_use_connections"],
  // Drivers and pools of other languages
  ...["pool", "pool_size", "pool_min_conns", "pool_max_conns", "pool_max_conn_lifetime", "max_overflow"],
  ...["max_pool_size", "min_pool_size", "pool_recycle", "conn_max_age", "conn_health_checks"],
  ...["prepared_statements", "preparethreshold", "binary_parameters", "default_query_exec_mode"],
  ...["statement_cache_capacity", "prepared_statement_cache_size", "rewritebatchedinserts", "currentschema"],
  ...["applicationname", "serverversion", "charset", "encoding", "reconnect", "sslidentity", "tcpkeepalive"],
  ...["max", "min", "idle_timeout", "idletimeoutmillis", "max_lifetime", "prepare", "fetch_types"],
  // libpq's
  ...["keepalives_interval", "keepalives_count", "tcp_user_timeout", "gssencmode", "gsslib", "gssdelegation"],
  ...["krbsrvname", "sslcompression", "min_protocol_version", "max_protocol_version", "passfile"],
]);

/** How a parameter is taken: it acts, is left out without harm, or is not known. */
export function kindOf(name: string): "acts" | "left out" | "unknown" {
  if (acting.has(name) || (sessionParameters as readonly string[]).includes(name)) return "acts";
  return harmless.has(name.toLowerCase()) ? "left out" : "unknown";
}
