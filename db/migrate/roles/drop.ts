import type { Sql } from "../../client/connect.ts";
import { roles } from "./rights.ts";

/** What became of predraft's roles. */
export interface DroppedRoles {
  readonly dropped: readonly string[];
  /** Those that stay, each with why. */
  readonly kept: readonly { readonly role: string; readonly reason: string }[];
}

/**
 * Takes predraft's roles out of this database: what they still own goes to the current role, what they were granted is revoked.
 * Drops each role that no other database uses and nobody's login is a member of. Call it when the schemas are gone.
 */
export async function dropRoles(sql: Sql): Promise<DroppedRoles> {
  return (await sql.begin(async (tx) => {
    const there = await tx<{ role: string; reason: string | null; mine: boolean }[]>`
      select r.rolname::text as role, pg_has_role(current_user, r.oid, 'usage') as mine, concat_ws('; ',
        (select 'used in database ' || string_agg(distinct d.datname, ', ')
          from pg_catalog.pg_shdepend s join pg_catalog.pg_database d on d.oid = s.dbid
          where s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid and d.datname <> current_database()),
        (select 'granted to ' || string_agg(distinct m.rolname, ', ')
          from pg_catalog.pg_auth_members a join pg_catalog.pg_roles m on m.oid = a.member
          where a.roleid = r.oid and m.rolname <> all(${[...roles]}) and m.rolname <> current_user)) as reason
      from pg_catalog.pg_roles r where r.rolname = any(${[...roles]}) order by 1`;
    const mine = there.filter(({ mine }) => mine);
    for (const { role } of mine) {
      await tx`reassign owned by ${tx(role)} to current_user`; // so that the next line revokes, and drops nothing
      await tx`drop owned by ${tx(role)}`;
    }
    const dropped = mine.filter(({ reason }) => !reason).map(({ role }) => role);
    for (const role of dropped) await tx`drop role ${tx(role)}`;
    return {
      dropped,
      kept: there
        .filter(({ role }) => !dropped.includes(role))
        .map(({ role, reason, mine }) => ({
          role,
          reason: reason || (mine ? "in use" : "not ours to drop"),
        })),
    };
  })) as DroppedRoles;
}
