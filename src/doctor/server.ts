import type { Sql } from "../../db/client/connect.ts";
import { count, type Finding, ok, problem, warning } from "./finding.ts";

interface Server {
  readonly version: number;
  readonly name: string;
  readonly encoding: string;
  readonly prepared: number;
  readonly room: number;
  readonly connections: number;
  readonly replica: boolean;
  readonly readOnly: boolean;
  readonly isolation: string;
  readonly escapes: boolean;
}

/** Connections of a worker beside one for each call at a time: queries, listener, lock, the queue's own. */
const besideCalls = 16;

/** What the server is, and whether it has room for a worker. `concurrency`: calls at a time of one worker. */
export async function checkServer(sql: Sql, concurrency: number): Promise<Finding[]> {
  const [row] = await sql<Server[]>`
    select current_setting('server_version_num')::int as version, split_part(current_setting('server_version'), ' ', 1) as name,
      current_setting('server_encoding') as encoding, current_setting('max_prepared_transactions')::int as prepared,
      current_setting('max_connections')::int as connections,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - (select count(*)::int from pg_catalog.pg_stat_activity where backend_type = 'client backend') as room,
      pg_is_in_recovery() as replica, current_setting('default_transaction_read_only') = 'on' as "readOnly",
      current_setting('default_transaction_isolation') as isolation, current_setting('standard_conforming_strings') = 'off' as escapes`;
  const server = row as Server;
  return [
    checkVersion(server),
    checkWritable(server),
    checkSessions(server),
    checkRoom(server, concurrency),
    checkPrepared(server),
  ].flat();
}

function checkVersion({ version, name, encoding }: Server): Finding {
  if (version < 140_000) return problem("server", `PostgreSQL ${name}`, "predraft needs 14 or newer");
  if (encoding !== "UTF8")
    return problem(
      "server",
      `PostgreSQL ${name}, encoding ${encoding}`,
      "create the database with encoding UTF8",
    );
  return ok("server", `PostgreSQL ${name}, ${encoding}`);
}

function checkWritable({ replica, readOnly }: Server): Finding[] {
  if (replica)
    return [
      problem("writable", "this is a standby: nothing can be written", "point DATABASE_URL at the primary"),
    ];
  if (readOnly)
    return [
      problem(
        "writable",
        "transactions are read-only by default",
        "alter role or database: reset default_transaction_read_only",
      ),
    ];
  return [];
}

/** Settings of a session that ours cannot put right: a pooler refuses to be told them, or they matter in the host's sessions, too. */
function checkSessions({ isolation, escapes }: Server): Finding[] {
  return [
    ...(isolation === "read committed"
      ? []
      : [
          warning(
            "isolation",
            `transactions are ${isolation} by default, and the pooler takes no other word for it: many are tried again`,
            "alter role … set default_transaction_isolation = 'read committed' for the worker's role",
          ),
        ]),
    ...(escapes
      ? [
          problem(
            "strings",
            "standard_conforming_strings is off: patterns in predraft's functions mean something else",
            "alter database … set standard_conforming_strings = on",
          ),
        ]
      : []),
  ];
}

function checkRoom({ room, connections }: Server, concurrency: number): Finding {
  const wanted = concurrency + besideCalls;
  const what = `${count(Math.max(room, 0), "connection")} of ${connections} free, a worker takes up to ${wanted}`;
  return room >= wanted
    ? ok("room", what)
    : warning("room", what, "raise max_connections, lower ai_draft_concurrency, or use a pooler");
}

function checkPrepared({ prepared }: Server): Finding {
  return prepared === 0
    ? ok("two-phase", "off")
    : warning(
        "two-phase",
        `max_prepared_transactions is ${prepared}: PREPARE TRANSACTION fails after our triggers have notified`,
        "let the host write interactions in ordinary transactions",
      );
}
