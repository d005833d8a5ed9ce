import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import {
  defaultTokens,
  messagesOf,
  type Shape,
  type WireRequest,
  type WireTokens,
  wireAnswer,
} from "./model-wires.ts";
import { until } from "./until.ts";

/** One request that reached the model's server. */
export interface Call {
  /** Counts from 1, in the order of arrival. */
  readonly n: number;
  /** When it arrived, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly authorization: string | undefined;
  /** Contents of its messages, in their order; the buyer's words are among them. */
  readonly messages: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  /** `finished`: the whole answer went out, status included. `cut_off`: the client hung up before that. */
  end: "pending" | "finished" | "cut_off" | "reset";
  /** When it ended, in milliseconds of `performance.now()`. */
  endedAt: number | undefined;
  /** The status that was answered; a billed answer is a finished one with 200. */
  status: number | undefined;
  /** What an answer of this server counted; null where it answered none. */
  usage: WireTokens | null;
}

/** What the server does with a call. */
export type Reply =
  | {
      readonly kind: "answer";
      readonly content: string | null;
      readonly usage?: WireTokens;
      readonly shape?: Shape;
    }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** Instead of the service's own JSON. */
      readonly body?: string;
    }
  | { readonly kind: "raw"; readonly body: string; readonly type: string }
  | { readonly kind: "reset" }
  /** Headers and half of the body, then the connection breaks. */
  | { readonly kind: "break" }
  /** A good answer that comes in drips. */
  | { readonly kind: "drip" }
  /** Headers and half of the body, then nothing. */
  | { readonly kind: "stall" };

type Rule = (call: Call) => Reply | undefined | Promise<Reply | undefined>;

/** Text that the server answers with where nothing else is scripted: the call's number, in letters, tells drafts apart. No guardrail minds it. */
export const answerText = (n: number): string =>
  `Здравствуйте! Спасибо, что написали нам. Ответ ${[...String(n)].map((digit) => `${"авгдежзклм"[Number(digit)]}ъ`).join("")}.`;

/** A good answer, with fields of one's own. */
export function answer(fields: Readonly<Record<string, unknown>> = {}): Reply {
  const whole = {
    text: answerText(0),
    intent: "other",
    sentiment: "neutral",
    sla_priority: "normal",
    recommendation_reason: "Покупатель ждёт ответа.",
    needs_escalation: false,
    escalation_reason: null,
    ...fields,
  };
  return { kind: "answer", content: JSON.stringify(whole) };
}
export const content = (text: string | null): Reply => ({ kind: "answer", content: text });
/** What a service sends that won't answer: nothing, and why. */
export const declined = (shape: "filtered" | "declined" = "filtered"): Reply => ({
  kind: "answer",
  content: "",
  shape,
});
/** An answer with status 200 that is an error, whatever it says. */
export const errorInBody = (error: unknown): Reply => ({
  kind: "raw",
  body: JSON.stringify({ error }),
  type: "application/json",
});
export const status = (
  code: number,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Reply => ({ kind: "status", status: code, headers, ...(body === undefined ? {} : { body }) });

/** A small server that speaks OpenAI's chat completions, with DeepSeek's counts to a DeepSeek call, and Anthropic's messages; scripted by a test. Answers well where nothing is scripted. */
export interface ModelServer {
  /** As LLM_BASE_URL has it for openai. */
  readonly baseUrl: string;
  /** As it has it for deepseek and anthropic. */
  readonly root: string;
  /** Every call so far, or those that carry the marker outside of the rules. */
  calls(marker?: string): readonly Call[];
  /** Calls that were answered with 200 to the end. */
  billed(marker?: string): readonly Call[];
  /** What the next calls get; a rule that answers undefined leaves a call to the rule before it. */
  script(rule: Rule): void;
  /** What a question for the list of models gets, by the key that it comes with; by default 404: there is no list. */
  lists(models: (authorization: string | undefined) => readonly string[] | number): void;
  /** Questions for the list so far. */
  asked(): number;
  /** Holds each call with this marker until `release`: those held get the given reply, else what the rules before say. */
  hold(marker?: string): Hold;
  stop(): Promise<void>;
}

export interface Hold {
  /** Waits until so many calls (1) are held or were. */
  arrived(count?: number): Promise<readonly Call[]>;
  release(reply?: Reply): void;
}

export async function startModelServer(): Promise<ModelServer> {
  const journal: Call[] = [];
  const rules: Rule[] = [(call) => answer({ text: answerText(call.n) })];
  const calls = (marker = ""): readonly Call[] => journal.filter((call) => isAbout(call, marker));
  let models: Parameters<ModelServer["lists"]>[0] = () => 404;
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      asked += 1;
      return sendList(models(keyIn(request)), response);
    }
    receive(journal, rules, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrl: `${root}/v1`,
    root,
    calls,
    billed: (marker) => calls(marker).filter((call) => call.end === "finished" && call.status === 200),
    script: (rule) => void rules.push(rule),
    lists(told) {
      models = told;
    },
    asked: () => asked,
    hold(marker = "") {
      const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
      const held: Call[] = [];
      let released = false;
      rules.push(async (call) => {
        if (released || !isAbout(call, marker)) return undefined;
        held.push(call);
        return await promise;
      });
      return {
        arrived: (count = 1) =>
          until(() => (held.length >= count ? held : null), {
            what: `${count} call(s) reached the model`,
            timeoutMs: 30_000,
          }),
        release(reply) {
          released = true;
          resolve(reply);
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function sendList(told: readonly string[] | number, response: ServerResponse): void {
  const isRefused = typeof told === "number";
  response.writeHead(isRefused ? told : 200, { "content-type": "application/json" });
  const body = isRefused ? { error: { message: "refused" } } : { data: told.map((id) => ({ id })) };
  response.end(JSON.stringify(body));
}

/** As OpenAI's wire carries it, or Anthropic's. */
const keyIn = ({ headers }: IncomingMessage): string | undefined =>
  headers.authorization ??
  (headers["x-api-key"] === undefined ? undefined : `Bearer ${headers["x-api-key"]}`);

/** The first message is the system's; its rules are no buyer's words. */
const isAbout = (call: Call, marker: string): boolean =>
  call.messages.slice(1).some((message) => message.includes(marker));

async function receive(
  journal: Call[],
  rules: readonly Rule[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = JSON.parse(await readText(request)) as WireRequest;
  const call: Call = {
    n: journal.length + 1,
    at: performance.now(),
    authorization: request.headers.authorization,
    messages: messagesOf(body),
    body: { ...body, path: request.url },
    end: "pending",
    endedAt: undefined,
    status: undefined,
    usage: null,
  };
  journal.push(call);
  response.on("close", () => {
    call.endedAt = performance.now();
    if (call.end === "pending") call.end = response.writableFinished ? "finished" : "cut_off";
  });
  for (const rule of rules.toReversed()) {
    const reply = await rule(call);
    if (reply === undefined) continue;
    if (!response.destroyed) send(call, reply, body, response);
    return;
  }
}

function send(call: Call, reply: Reply, request: WireRequest, response: ServerResponse): void {
  switch (reply.kind) {
    case "reset":
      call.end = "reset";
      return void response.socket?.resetAndDestroy();
    case "status":
      call.status = reply.status;
      response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
      // A service's error quotes what it was sent: none of this may reach a log.
      return void response.end(
        reply.body ?? JSON.stringify({ error: { message: `refused: ${call.messages.join(" ")}` } }),
      );
    case "raw":
      call.status = 200;
      response.writeHead(200, { "content-type": reply.type });
      return void response.end(reply.body);
    case "stall":
      call.status = 200;
      response.writeHead(200, { "content-type": "application/json" });
      return void response.write('{"id": "half');
    case "break":
      call.status = 200;
      call.end = "reset";
      response.writeHead(200, { "content-type": "application/json" });
      return void response.write('{"id": "half', () => response.socket?.resetAndDestroy());
    case "drip":
      return void drip(call, request, response);
    case "answer":
      call.status = 200;
      call.usage = reply.usage ?? defaultTokens;
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(
        JSON.stringify(wireAnswer(call.n, request, reply.content, call.usage, reply.shape)),
      );
  }
}

async function drip(call: Call, request: WireRequest, response: ServerResponse): Promise<void> {
  call.status = 200;
  call.usage = defaultTokens;
  const good = answer({ text: answerText(call.n) }) as { content: string };
  const body = JSON.stringify(wireAnswer(call.n, request, good.content, call.usage));
  response.writeHead(200, { "content-type": "application/json" });
  for (let from = 0; from < body.length; from += 40) {
    response.write(body.slice(from, from + 40));
    await new Promise((resume) => setImmediate(resume));
  }
  response.end();
}
