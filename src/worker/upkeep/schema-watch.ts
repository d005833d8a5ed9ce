import { requireThisSchema } from "../../../db/client/compatibility.ts";
import type { Sql } from "../../../db/client/connect.ts";
import { PredraftError } from "../../errors.ts";

export interface SchemaWatch {
  /** Looks now; rejects with a database's error only. */
  check(): Promise<void>;
  /** Resolves with what to do, once the schema is no longer the one that this predraft works with. */
  readonly outdated: Promise<PredraftError>;
}

/** Watches whether somebody migrates the database under a running worker. */
export function watchSchema(sql: Sql): SchemaWatch {
  const { promise: outdated, resolve } = Promise.withResolvers<PredraftError>();
  return {
    outdated,
    async check() {
      try {
        await requireThisSchema(sql);
      } catch (error) {
        // A database that does not answer (database_stuck) is no reason to end.
        if (!(error instanceof PredraftError && error.code.startsWith("schema_"))) throw error;
        resolve(error);
      }
    },
  };
}
