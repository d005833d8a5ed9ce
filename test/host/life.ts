import type postgres from "postgres";
import {
  draftOnDemand,
  insertCases,
  reply,
  syncInteractions,
  syncMessages,
  takeSnapshot,
} from "./application.ts";
import { type Case, newCase, sayMore, topic } from "./marketplace.ts";
import { hostClient, Session } from "./orm.ts";

const pageSize = 50;

/** The host at work: its marketplace, its sync, its operator. Every `nth`-style choice is fixed, so that a run can be repeated. */
export class Life {
  readonly cases: Case[] = [];
  readonly #clients: postgres.Sql[];
  readonly sync: Session;
  readonly operator: Session;

  constructor(url: string) {
    this.#clients = [hostClient(url), hostClient(url)];
    const [one, two] = this.#clients as [postgres.Sql, postgres.Sql];
    this.sync = new Session(one);
    this.operator = new Session(two);
  }

  /** Statements that changed a row, each of which met the row that it was meant for. */
  get written(): number {
    return this.sync.written + this.operator.written;
  }

  get present(): Case[] {
    return this.cases.filter(({ id, gone }) => id !== null && !gone);
  }

  /** So many new buyers write, and a sync takes them in; with `drafted`, some have a draft of the host's own from the start. */
  async arrive(count: number, drafted = false): Promise<void> {
    const first = this.cases.length;
    const fresh = Array.from({ length: count }, (_, k) => newCase(first + k));
    this.cases.push(...fresh);
    await syncMessages(this.sync, fresh);
    await insertCases(this.sync, fresh, ({ n }) =>
      drafted && n % 11 === 0
        ? { last_ai_draft: { text: `Хозяйский ответ ${topic(n, 1)}`, intent: "other" } }
        : {},
    );
  }

  /** Buyers change texts and write further lines, some vanish, and somebody answers some elsewhere; the host hears of it at its next sync. */
  goOn(round: number): void {
    for (const one of this.present) {
      const choice = (one.n * 7 + round * 5) % 40;
      if (choice < 4 && !one.silent) sayMore(one);
      else if (choice === 5) one.answered = true;
      else if (choice === 6) one.gone = true;
    }
  }

  /**
   * Re-reads everything, page by page. Between the reading of a page and its writing the operator works on it; while a page is
   * locked, `meanwhile` is given its ids.
   */
  async syncAll(
    round: number,
    meanwhile: (held: readonly number[]) => Promise<void>,
    pages = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const all = this.cases.filter(({ id }) => id !== null).slice(0, pages * pageSize);
    await syncMessages(this.sync, all);
    for (let from = 0; from < all.length; from += pageSize) {
      const page = all.slice(from, from + pageSize);
      const snapshot = await takeSnapshot(this.sync, page);
      await this.#operate(page, round);
      const held = page.map(({ id }) => id).filter((id): id is number => id !== null);
      await syncInteractions(this.sync, page, snapshot, () => meanwhile(held));
    }
  }

  /** The operator answers one row of a page, and has the host's own endpoint draft another, whose model takes as long as the answer. */
  async #operate(page: readonly Case[], round: number): Promise<void> {
    const open = page.filter((one) => one.id !== null && !one.gone && !one.answered);
    const [asked, answered] = [open[round % 7], open[(round % 7) + 8]];
    if (asked === undefined) return;
    await draftOnDemand(this.operator, asked, async () => {
      if (answered !== undefined) await reply(this.operator, answered);
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end({ timeout: 1 })));
  }
}
