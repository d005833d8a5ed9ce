import { isDeepStrictEqual } from "node:util";
import postgres from "postgres";
import { pythonJson } from "../helpers/python-json.ts";

/** A row as the host's program holds it. */
export type Values = Record<string, unknown>;

/** What SQLAlchemy raises where an UPDATE or DELETE by primary key met another number of rows than one. */
class StaleDataError extends Error {}

/** One mapped row: what was loaded, and what the program has set since. */
export class Entity {
  readonly table: string;
  loaded: Values;
  changed: Values = {};

  constructor(table: string, loaded: Values) {
    this.table = table;
    this.loaded = loaded;
  }

  get id(): number {
    return this.loaded["id"] as number;
  }

  get(column: string): unknown {
    return column in this.changed ? this.changed[column] : this.loaded[column];
  }

  set(values: Values): void {
    for (const [column, value] of Object.entries(values)) {
      if (isDeepStrictEqual(value, this.loaded[column])) delete this.changed[column];
      else this.changed[column] = value;
    }
  }
}

/** Tables in the order in which a flush writes them. */
const flushOrder = ["chats", "messages", "interactions"];

/** The host's client: documents are written as Python writes them. */
export const hostClient = (url: string): postgres.Sql =>
  postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: "host" },
    types: {
      json: { to: 114, from: [114], serialize: pythonJson, parse: (text: string) => JSON.parse(text) },
    },
  }) as unknown as postgres.Sql;

/**
 * A unit of work as SQLAlchemy's: an identity map that keeps what it has read until the transaction ends, one INSERT … RETURNING
 * or one UPDATE or DELETE by primary key a row, and errors where the database answers otherwise than was written.
 */
export class Session {
  readonly #sql: postgres.Sql;
  readonly #identities = new Map<string, Entity>();
  #added: Entity[] = [];
  #deleted: Entity[] = [];
  #open = false;
  /** Statements that changed a row, each of which met exactly the row that it was meant for. */
  written = 0;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** Rows by their ids; those that this transaction has read before stay as they were read. */
  async load(table: string, ids: readonly number[]): Promise<Entity[]> {
    await this.#begin();
    const rows = await this.#sql<Values[]>`
      select * from ${this.#sql(`public.${table}`)} where id = any(${[...ids]}::int[]) order by id`;
    return rows.map((row) => {
      const key = `${table} ${row["id"]}`;
      const known = this.#identities.get(key) ?? new Entity(table, row);
      this.#identities.set(key, known);
      return known;
    });
  }

  add(table: string, values: Values): Entity {
    const entity = new Entity(table, {});
    entity.set(values);
    this.#added.push(entity);
    return entity;
  }

  delete(entity: Entity): void {
    this.#deleted.push(entity);
  }

  /** Writes what has changed, one statement a row; its rows stay locked until `commit`. */
  async flush(): Promise<void> {
    await this.#begin();
    for (const table of flushOrder) {
      for (const entity of this.#added.filter((one) => one.table === table)) await this.#insert(entity);
      const dirty = [...this.#identities.values()].filter(
        (one) => one.table === table && Object.keys(one.changed).length > 0 && !this.#deleted.includes(one),
      );
      for (const entity of dirty) await this.#update(entity);
    }
    for (const entity of this.#deleted) await this.#remove(entity);
    this.#added = [];
    this.#deleted = [];
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.#sql`commit`;
    this.#open = false;
    this.#identities.clear();
  }

  async #begin(): Promise<void> {
    if (this.#open) return;
    await this.#sql`begin`;
    this.#open = true;
  }

  async #insert(entity: Entity): Promise<void> {
    const given = entity.changed;
    const rows = await this.#sql<Values[]>`
      insert into ${this.#sql(`public.${entity.table}`)} ${this.#sql(given as Record<string, never>)} returning *`;
    const [row] = rows;
    if (rows.length !== 1 || row === undefined)
      throw new StaleDataError(`INSERT returned ${rows.length} rows`);
    for (const [column, value] of Object.entries(given)) {
      if (!isDeepStrictEqual(row[column], value))
        throw new StaleDataError(
          `INSERT into ${entity.table} returned another ${column}: ${JSON.stringify(row[column])} for ${JSON.stringify(value)}`,
        );
    }
    entity.loaded = row;
    entity.changed = {};
    this.#identities.set(`${entity.table} ${entity.id}`, entity);
    this.written += 1;
  }

  async #update(entity: Entity): Promise<void> {
    const { count } = await this.#sql`
      update ${this.#sql(`public.${entity.table}`)} set ${this.#sql(entity.changed as Record<string, never>)}
      where id = ${entity.id}`;
    this.#expectOne(`UPDATE of ${entity.table} ${entity.id}`, count);
    entity.loaded = { ...entity.loaded, ...entity.changed };
    entity.changed = {};
  }

  async #remove(entity: Entity): Promise<void> {
    const { count } = await this.#sql`
      delete from ${this.#sql(`public.${entity.table}`)} where id = ${entity.id}`;
    this.#expectOne(`DELETE of ${entity.table} ${entity.id}`, count);
    this.#identities.delete(`${entity.table} ${entity.id}`);
  }

  #expectOne(what: string, count: number): void {
    if (count !== 1) throw new StaleDataError(`${what} matched ${count} rows`);
    this.written += 1;
  }
}
