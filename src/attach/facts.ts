import type { HostExpression, HostMapping } from "../../db/host/mapping.ts";
import type { Relation } from "./names.ts";

/** A column as the catalogue has it; domains count as what they are made of, every enumeration as `enum`. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
  /** The values of an enumeration, in its order; null for any other type. */
  readonly labels?: readonly string[] | null;
}

/** An expression of the operator's with its type (every enumeration is `enum`), or why it cannot be taken. */
export type CheckedExpression =
  | { readonly expression: HostExpression; readonly type: string }
  | { readonly problem: string };

/** A table as the catalogue has it. */
export interface TableFacts extends Relation {
  /** pg_class.relkind: `r` table, `p` partitioned, `v` view, `m` materialized view, `f` foreign. */
  readonly kind: string;
  /** Planner's estimate; -1 if the table was never analyzed. */
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
  /** What predraft is attached to already; `greenfield` if these are its own tables. */
  readonly attachedTo: { readonly table: Relation; readonly greenfield: boolean } | null;
}

/** Rows of the sample that have the same channel, status and priority. */
export interface SampledValues {
  readonly channel: string | null;
  readonly status: string | null;
  readonly priority: string | null;
  readonly rows: number;
  /** How many of them need a response, whatever their status. */
  readonly needing: number;
}

/** What a few thousand of the newest interactions show. */
export interface Sample {
  readonly rows: number;
  readonly values: readonly SampledValues[];
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
  /** Values of each column of a messages table that may tell the direction, with the number of lines of each. */
  readonly directions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The operator's expressions, by canonical column. */
  readonly expressions: Readonly<Record<string, CheckedExpression>>;
  /** Which lines of the messages table count, and which are the buyer's; undefined if the operator did not say. */
  readonly filter: CheckedExpression | undefined;
  readonly direction: CheckedExpression | undefined;
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
  /** Canonical column to an expression over the row. */
  readonly expressions?: Readonly<Record<string, string>>;
  /** Canonical column to the value of every row. */
  readonly constants?: Readonly<Record<string, string>>;
  /** Canonical column to the host's words for ours. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly nameKeys: readonly string[];
  /** What the columns of the messages are called: `thread`, `text`, `sent_at`, `direction`, `external_id`. */
  readonly messagesColumns?: Readonly<Record<string, string>>;
  /** An expression over a message: which ones a thread consists of. */
  readonly messagesFilter?: string | undefined;
  /** An expression over a message that is true for the buyer's. */
  readonly messagesDirection?: string | undefined;
  /** Whether a trigger is to watch the messages for lines that no interaction shows yet. */
  readonly watchMessages?: boolean | undefined;
  /** Directions that mean: from the buyer. */
  readonly incoming?: readonly string[];
  /** The interactions' column, or key of their document, that names the thread. */
  readonly threadOf?: { readonly column: string } | { readonly documentKey: string } | undefined;
}

/** A line of the report; `assumed`: nothing showed it yet, and doctor compares it with the rows as they come. */
export interface ReportLine {
  readonly level: "ok" | "note" | "assumed" | "warning" | "problem";
  readonly subject: string;
  readonly text: string;
}

/** What attach cannot decide by itself, as one sentence, and the option that decides it. */
export interface Doubt {
  readonly text: string;
  readonly option: string;
  /** Nobody can be asked: attach goes on only if it is a wrong bill at worst, and not a wrong reading of every chat. */
  readonly mayWait: boolean;
}

/** What attach is going to do; a mapping only if no problem stands against it. */
export interface Resolution {
  readonly mapping: HostMapping | null;
  readonly lines: readonly ReportLine[];
  /** Must be agreed to by a person, or decided by an option. */
  readonly doubts: readonly Doubt[];
  /** Advice that may be run by hand, as SQL. */
  readonly advice: readonly string[];
}
