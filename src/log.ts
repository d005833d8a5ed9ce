import { type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;

/** What a line of the log says beside its message. */
export type Fields = Readonly<Record<string, unknown>>;

/** pino's number for debug. */
const debugLevel = 20;

/**
 * A JSON log on stderr. What goes in is ids, codes, counts and durations: never buyer text, drafts, prompts or keys. `aside` runs what
 * writes a line, and may make room for the line on a terminal. A line whose fields are a `detail` of something that is told elsewhere
 * shows at level debug only.
 */
export function createLogger(
  level: string,
  aside = (print: () => void) => print(),
  isDetail: (fields: Fields) => boolean = () => false,
): Logger {
  const stderr = pino.destination({ fd: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A driver's error carries the statement's parameters, and Postgres' detail the row: only what is safe is kept.
      serializers: { err: safeError },
      hooks: {
        logMethod(args, method, number) {
          const fields: unknown = args[0];
          const detail =
            number > debugLevel &&
            typeof fields === "object" &&
            fields !== null &&
            isDetail(fields as Fields);
          if (detail) this.debug(...args);
          else method.apply(this, args);
        },
      },
    },
    { write: (line) => aside(() => stderr.write(line)) },
  );
}

function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  const known = error.name === "PredraftError";
  return {
    type: error.name,
    ...(typeof code === "string" ? { code } : {}),
    ...(known ? { message: error.message } : {}),
    stack: error.stack
      ?.split("\n")
      .filter((line) => line.startsWith("    at "))
      .slice(0, 8)
      .join("\n"),
  };
}
