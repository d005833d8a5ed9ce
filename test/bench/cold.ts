import { connect, type Sql } from "../../db/client/connect.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import type { BenchCluster } from "./cluster.ts";
import type { Report } from "./report.ts";
import { createRivals, type Rival, tables } from "./rivals.ts";
import { median, round, timed } from "./stats.ts";

/** How many times as long as without a trigger the first statement of a session may take. */
const mostRatio = 8;
const sizes = [1, 50] as const;
const texts = [
  "Здравствуйте, подскажите, пожалуйста, можно ли стирать в машинке",
  "Пришла с браком, шов разошёлся в первый день",
  "Где мой заказ, статус не меняется пятый день",
  "Без брака, аллергии не вызывает, спасибо",
  "Ожог после крема",
];

/** The first statement of a host's session, without a priority of the host's, in turns: with predraft's triggers, and with none. */
export async function benchCold(cluster: BenchCluster, options: { sessions: number }): Promise<Report> {
  const url = await cluster.createDatabase("bench_cold");
  await migrate({ url });
  const sql = connect(url, { max: 1, applicationName: "bench" });
  await createRivals(sql);
  await sql`insert into public.sellers (id, name) values (1, 'Лён') on conflict do nothing`;
  await sql.end({ timeout: 1 });
  const rows: { readonly rows: number; readonly ours: number; readonly bare: number }[] = [];
  for (const size of sizes) {
    const times: Record<"predraft" | "bare", number[]> = { predraft: [], bare: [] };
    for (let nth = 0; nth <= options.sessions; nth += 1)
      for (const rival of ["predraft", "bare"] as const) {
        const ms = await firstStatement(url, rival, size);
        if (nth > 0) times[rival].push(ms);
      }
    rows.push({ rows: size, ours: round(median(times.predraft)), bare: round(median(times.bare)) });
  }
  const ratio = (row: (typeof rows)[number]): number => round(row.ours / row.bare, 1);
  return {
    name: "cold",
    lines: rows.map(
      (row) =>
        `${String(row.rows).padStart(3)} rows: ${row.ours} ms with predraft's triggers, ${row.bare} ms with none: ${ratio(row)} times`,
    ),
    data: { unit: "ms", sessions: options.sessions, rows },
    checks: rows.map((row) => ({
      what: `the first statement of a session, ${row.rows} rows, within ${mostRatio} times that without triggers`,
      ok: ratio(row) <= mostRatio,
      found: `${ratio(row)}`,
    })),
  };
}

async function firstStatement(url: string, rival: Rival, rows: number): Promise<number> {
  const host: Sql = connect(url, { max: 1, applicationName: "bench host" });
  try {
    await host`select 1`;
    return await timed(() =>
      host.unsafe(`
        insert into ${tables[rival]} (seller_id, channel, external_id, text)
        select 1, (array['chat', 'review', 'question'])[1 + n % 3], gen_random_uuid()::text, (array['${texts.join("', '")}'])[1 + n % ${texts.length}]
        from generate_series(1, ${rows}) n`),
    );
  } finally {
    await host.end({ timeout: 1 });
  }
}
