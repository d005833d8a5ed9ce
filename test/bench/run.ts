import { Command, InvalidArgumentError } from "commander";
import { benchAbort } from "./abort.ts";
import { benchAttach } from "./attach.ts";
import { type BenchCluster, startBenchCluster } from "./cluster.ts";
import { benchCold } from "./cold.ts";
import { benchHost } from "./host.ts";
import { benchIngest } from "./ingest.ts";
import { benchLatency } from "./latency.ts";
import { stayOnOneCore } from "./one-core.ts";
import { benchParking } from "./parking.ts";
import { machine, print, type Report } from "./report.ts";
import { benchUrgent } from "./urgent.ts";

interface Options {
  readonly json: boolean;
  readonly fsync: boolean;
}

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return value;
};

/** Runs one benchmark on a cluster of its own. Exit code 1 where a requirement is missed. */
async function measure(options: Options, bench: (cluster: BenchCluster) => Promise<Report>): Promise<void> {
  const before = machine();
  const cluster = await startBenchCluster(options.fsync);
  try {
    const report = await bench(cluster);
    const surroundings = { machine: before, postgres: cluster.settings, loadAfter: machine().load.join(" ") };
    if (!print(report, { json: options.json, surroundings })) process.exitCode = 1;
  } finally {
    await cluster.remove();
  }
}

const program = new Command("bench").description("Measures predraft on a PostgreSQL of its own.");

program
  .command("ingest")
  .description("statements of 1,000 rows: predraft's triggers, a row trigger with add_job, no trigger")
  .option("--rounds <n>", "rounds, interleaved", count, 9)
  .option("--backlog <n>", "jobs of each side that wait before the loads with a backlog", count, 20_000)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { rounds: number; backlog: number }) =>
    measure(options, (cluster) => benchIngest(cluster, options)),
  );

program
  .command("latency")
  .description("from a commit to its saved draft, beside graphile-worker's bare pick-up")
  .option("--samples <n>", "of each, one at a time", count, 500)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { samples: number }) =>
    measure(options, (cluster) => benchLatency(cluster, { samples: options.samples })),
  );

program
  .command("host")
  .description(
    "what the triggers cost the issue's host: 1,000 unchanged rows re-synced, and single statements that enqueue",
  )
  .option("--rounds <n>", "re-syncs of each table, in turns", count, 15)
  .option("--samples <n>", "single statements of each kind", count, 300)
  .option("--all-cores", "let the scheduler place the sessions: noisier", false)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { rounds: number; samples: number; allCores: boolean }) => {
    const onOneCore = !options.allCores && stayOnOneCore();
    return measure(options, (cluster) => benchHost(cluster, { ...options, onOneCore }));
  });

program
  .command("attach")
  .description(
    "attach to a table of a million rows while its host writes: locks, the host's writes, the backlog's order",
  )
  .option("--rows <n>", "rows of the table", count, 1_000_000)
  .option("--open <n>", "of them open", count, 20_000)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { rows: number; open: number }) =>
    measure(options, (cluster) => benchAttach(cluster, options)),
  );

program
  .command("urgent")
  .description(
    "urgent rows under a backlog whose calls keep every other slot busy, and what the kept slot costs",
  )
  .option("--samples <n>", "urgent rows at each concurrency", count, 40)
  .option("--backlog <n>", "ordinary rows that wait", count, 100_000)
  .option("--latency <ms>", "what the model takes", count, 1_000)
  .option(
    "--concurrency <n...>",
    "calls at once",
    (text: string, before: number[]) => [...before, count(text)],
    [],
  )
  .option("--jobs <n>", "jobs that wait while the cost is measured", count, 1_000_000)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action(
    (
      options: Options & {
        samples: number;
        backlog: number;
        latency: number;
        concurrency: number[];
        jobs: number;
      },
    ) =>
      measure(options, (cluster) =>
        benchUrgent(cluster, {
          ...options,
          concurrency: options.concurrency.length > 0 ? options.concurrency : [4, 8, 16, 32],
        }),
      ),
  );

program
  .command("cold")
  .description("the first statement of a host's session: with predraft's triggers, and with none")
  .option("--sessions <n>", "of each, in turns", count, 30)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { sessions: number }) =>
    measure(options, (cluster) => benchCold(cluster, options)),
  );

program
  .command("parking")
  .description("sellers at their limit: how long until all are parked, and urgent rows of theirs meanwhile")
  .option("--sellers <n>", "sellers", count, 2_000)
  .option("--rows <n>", "rows of each", count, 50)
  .option("--latency <ms>", "what the model takes", count, 1_000)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { sellers: number; rows: number; latency: number }) =>
    measure(options, (cluster) => benchParking(cluster, options)),
  );

program
  .command("abort")
  .description("from a commit that changed, closed or deleted an interaction to the end of its model call")
  .option("--samples <n>", "of each, one at a time", count, 100)
  .option("--json", "print JSON", false)
  .option("--no-fsync", "without durable commits")
  .action((options: Options & { samples: number }) =>
    measure(options, (cluster) => benchAbort(cluster, { samples: options.samples })),
  );

await program.parseAsync();
