import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { parseAddress } from "../db/client/address.ts";
import { PredraftError } from "./errors.ts";

/** Providers that exist; `offline` needs no network. */
const providerNames = ["offline", "openai", "deepseek", "anthropic"] as const;
type ProviderName = (typeof providerNames)[number];
type RemoteName = Exclude<ProviderName, "offline">;
type PerRemote = Readonly<Partial<Record<RemoteName, string | undefined>>>;

const absent = (value: unknown): unknown =>
  typeof value === "string" && value.trim() === "" ? undefined : value;
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(absent, schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, value: unknown) =>
  z.preprocess((given) => absent(given) ?? value, schema);

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, {
    error: "expected an address such as postgres://user:password@host:5432/database",
    abort: true,
  })
  .superRefine((text, context) => {
    try {
      parseAddress(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });
const httpUrl = z.url({ protocol: /^https?$/, error: "expected an address such as https://host/v1" });
const milliseconds = z.coerce
  .number({ error: "expected milliseconds, e.g. 30000" })
  .int()
  .min(0)
  .max(3_600_000);
const port = z.coerce.number({ error: "expected a port from 1 to 65535" }).int().min(1).max(65_535);
const levels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const environment = z.object({
  DATABASE_URL: optional(postgresUrl),
  DATABASE_DIRECT_URL: optional(postgresUrl),
  OPENAI_API_KEY: optional(z.string()),
  DEEPSEEK_API_KEY: optional(z.string()),
  ANTHROPIC_API_KEY: optional(z.string()),
  LLM_PROVIDER: optional(z.enum(providerNames, { error: `expected one of: ${providerNames.join(", ")}` })),
  LLM_MODEL: optional(z.string()),
  LLM_BASE_URL: optional(httpUrl),
  LLM_TIMEOUT_MS: withDefault(milliseconds.min(100), "30000"),
  HTTP_HOST: withDefault(z.string(), "127.0.0.1"),
  HTTP_PORT: withDefault(port, "3000"),
  SHUTDOWN_GRACE_MS: withDefault(milliseconds, "10000"),
  HTTP_PROXY: optional(z.string()),
  HTTPS_PROXY: optional(z.string()),
  NO_PROXY: optional(z.string()),
  LOG_LEVEL: withDefault(z.enum(levels, { error: `expected one of: ${levels.join(", ")}` }), "info"),
});

/** What the environment says, checked at start. */
export interface Config {
  /** Absent: embedded Postgres under `.predraft/`. */
  readonly databaseUrl: string | undefined;
  /** An address past a pooler, for LISTEN and liveness; the same as databaseUrl where none is given. */
  readonly directUrl: string | undefined;
  readonly llm: {
    readonly provider: ProviderName;
    /** Model to ask that provider for; undefined: its default one. */
    readonly model: string | undefined;
    readonly keys: PerRemote;
    /** Servers to call in place of a provider's own. */
    readonly baseUrls: PerRemote;
    readonly timeoutMs: number;
  };
  /** As their variables have them, in lower case (which goes first, as everywhere) or in capitals; judged when they are used. */
  readonly proxies: {
    readonly http: string | undefined;
    readonly https: string | undefined;
    readonly none: string | undefined;
  };
  readonly shutdownGraceMs: number;
  /** Where HTTP is served. */
  readonly httpHost: string;
  readonly logLevel: (typeof levels)[number];
}

/** The process's environment, with what `.env` in the working directory adds where a variable is not set. */
function loadEnvironment(): Readonly<Record<string, string | undefined>> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  return process.env;
}

/** Reads and checks the environment. Throws `config_invalid` with one line for each wrong variable; values are never repeated. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = loadEnvironment()): Config {
  const parsed = environment.safeParse(withProxies(env));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw invalid(lines);
  }
  const e = parsed.data;
  const keys = { openai: e.OPENAI_API_KEY, deepseek: e.DEEPSEEK_API_KEY, anthropic: e.ANTHROPIC_API_KEY };
  const provider = e.LLM_PROVIDER ?? defaultProvider(keys, e.LLM_BASE_URL);
  const problems = provider === "offline" ? [] : lacks(provider, keys, e);
  if (problems.length > 0) throw invalid(problems);
  return {
    databaseUrl: e.DATABASE_URL,
    directUrl: e.DATABASE_DIRECT_URL ?? e.DATABASE_URL,
    llm: {
      provider,
      model: e.LLM_MODEL,
      keys,
      baseUrls: provider === "offline" ? {} : { [provider]: e.LLM_BASE_URL },
      timeoutMs: e.LLM_TIMEOUT_MS,
    },
    proxies: { http: e.HTTP_PROXY, https: e.HTTPS_PROXY, none: e.NO_PROXY },
    shutdownGraceMs: e.SHUTDOWN_GRACE_MS,
    httpHost: e.HTTP_HOST,
    logLevel: e.LOG_LEVEL,
  };
}

/** Proxies are the one thing that most programs read from variables in lower case. */
function withProxies(env: Readonly<Record<string, string | undefined>>): typeof env {
  const given = ["http_proxy", "https_proxy", "no_proxy"].filter((name) => absent(env[name]) !== undefined);
  return { ...env, ...Object.fromEntries(given.map((name) => [name.toUpperCase(), env[name]])) };
}

/** The one whose key is there. An address alone is a compatible server's: other keys are not sent to it unless it is said whose it is. */
function defaultProvider(keys: PerRemote, baseUrl: string | undefined): ProviderName {
  if (baseUrl !== undefined) return "openai";
  const given = (["openai", "deepseek", "anthropic"] as const).filter((name) => keys[name] !== undefined);
  if (given.length > 1)
    throw invalid([`LLM_PROVIDER: there are keys for ${given.join(" and ")}; say which one is to be asked`]);
  return given[0] ?? "offline";
}

/** What a provider cannot be asked without. */
function lacks(provider: RemoteName, keys: PerRemote, e: z.infer<typeof environment>): string[] {
  const keyless = keys[provider] === undefined;
  if (provider !== "openai")
    return keyless ? [`LLM_PROVIDER: ${provider} needs ${provider.toUpperCase()}_API_KEY`] : [];
  if (keyless && e.LLM_BASE_URL === undefined) {
    return [
      "LLM_PROVIDER: openai needs OPENAI_API_KEY, or LLM_BASE_URL for a compatible server without a key",
    ];
  }
  return e.LLM_MODEL === undefined
    ? ["LLM_MODEL: set the name of the model to ask for, as your service lists it"]
    : [];
}

const invalid = (lines: readonly string[]): PredraftError =>
  new PredraftError(`The environment is not right:\n${lines.map((line) => `  ${line}`).join("\n")}`, {
    code: "config_invalid",
    hint: `Correct it in the shell or in ${resolve(".env")}; .env.example explains every variable.`,
  });
