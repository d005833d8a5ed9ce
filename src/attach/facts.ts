import type { HostMapping } from "../../db/host/mapping.ts";
import type { Relation } from "./names.ts";

/** A column as the catalogue has it; domains count as what they are made of, every enumeration as `enum`. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/** A table as the catalogue has it. */
export interface TableFacts extends Relation {
  /** pg_class.relkind: `r` table, `p` partitioned, `v` view, `m` materialized view, `f` foreign. */
  readonly kind: string;
  /** Planner's estimate; -1 where the table was never analyzed. */
  readonly rows: number;
  readonly partitions: number;
  readonly rls: { readonly enabled: boolean; readonly active: boolean };
  readonly columns: readonly ColumnFacts[];
  /** Columns of each unique, valid index without condition or expression. */
  readonly uniques: readonly (readonly string[])[];
  /** First columns of its indexes. */
  readonly indexed: readonly string[];
  readonly rights: Readonly<Record<"usage" | "select" | "update" | "insert" | "delete" | "trigger", boolean>>;
}

/** A trigger of the host's own on its interactions. */
export interface TriggerFacts {
  readonly name: string;
  readonly definition: string;
  readonly before: boolean;
  readonly row: boolean;
  /** Fires on INSERT or UPDATE. */
  readonly writes: boolean;
  readonly enabled: boolean;
}

/** The server, and who asks. */
export interface Surroundings {
  readonly user: string;
  readonly database: string;
  readonly superuser: boolean;
  readonly mayCreateSchema: boolean;
  readonly hasPredraft: boolean;
  readonly hasGraphileWorker: boolean;
  /** What predraft is attached to already; `greenfield` where these are its own tables. */
  readonly attachedTo: { readonly table: Relation; readonly greenfield: boolean } | null;
}

/** What a few thousand of the newest interactions show. */
export interface Sample {
  readonly rows: number;
  readonly channels: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly priorities: Readonly<Record<string, number>>;
  /** By key of the document: how many documents have it as a non-empty text or number, and some values of number and id kind. */
  readonly keys: Readonly<Record<string, { readonly count: number; readonly values: readonly string[] }>>;
  /** Keys that documents of chats have, counted in the same way. */
  readonly chatKeys: Readonly<Record<string, { readonly count: number; readonly values: readonly string[] }>>;
  /** Documents that are JSON, but no objects. */
  readonly odd: number;
  /** Documents with a draft that carries no content hash. */
  readonly unstamped: number;
}

/** What the host's settings table holds. Values of secrets are never read. */
export interface SettingsFacts {
  /** Our keys that are there, with their values. */
  readonly ours: Readonly<Record<string, string | null>>;
  /** Prefixes of keys that end in a seller's number, counted. */
  readonly sellerPrefixes: Readonly<Record<string, number>>;
}

/** All that `resolve` judges by. */
export interface Inspection {
  readonly surroundings: Surroundings;
  readonly table: TableFacts;
  /** Tables that may hold messages, chats, products or settings, by what they are called. */
  readonly others: readonly TableFacts[];
  readonly triggers: readonly TriggerFacts[];
  readonly sample: Sample;
  /** Values of each column of a messages table that may tell the direction. */
  readonly directions: Readonly<Record<string, readonly string[]>>;
  readonly settings: SettingsFacts | null;
}

/** What the command line says. */
export interface AttachOptions {
  readonly table: Relation;
  readonly documentColumn: string;
  readonly messages?: Relation | undefined;
  readonly chats?: Relation | undefined;
  readonly products?: Relation | undefined;
  readonly settings?: Relation | undefined;
  /** Canonical column to the host's. */
  readonly columns: Readonly<Record<string, string>>;
  readonly nameKeys: readonly string[];
}

/** A line of the report. */
export interface ReportLine {
  readonly level: "ok" | "note" | "warning" | "problem";
  readonly subject: string;
  readonly text: string;
}

/** What attach is going to do; a mapping only where no problem stands against it. */
export interface Resolution {
  readonly mapping: HostMapping | null;
  readonly lines: readonly ReportLine[];
  /** Advice that may be run by hand, as SQL. */
  readonly advice: readonly string[];
}
