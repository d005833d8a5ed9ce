import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text as readText } from "node:stream/consumers";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { markerIn, mumbled } from "./content.ts";
import { fateOf, type ModelPlan } from "./fates.ts";
import type { Answer, Call, Fate, Order } from "./journal.ts";

// A process of its own, so that nothing the suite does is in the way of what it notes: started by model.ts with a plan.
const plan = JSON.parse(process.argv[2] as string) as ModelPlan;
const journal: Call[] = [];
const triesOf = new Map<string, number>();
const callsOf = new WeakMap<Socket, Call[]>();
const openOf = new Map<string, number>();
let open = 0;
let ill = true;

const server = createServer((request, response) => {
  receive(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  tell({ answer: "listening", port: (server.address() as AddressInfo).port });
});
process.on("message", ({ order }: Order) => {
  if (order === "journal") return tell({ answer: "journal", calls: journal });
  ill = false;
  tell({ answer: "healed" });
});
process.on("disconnect", () => process.exit(0));

function tell(answer: Answer): void {
  process.send?.(answer);
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = JSON.parse(await readText(request)) as {
    messages: { role: string; content: string }[];
    model: string;
  };
  const words = body.messages.map((message) => message.content).join("\n");
  const marker = markerIn(words);
  const nth = triesOf.get(marker ?? "") ?? 0;
  triesOf.set(marker ?? "", nth + 1);
  const { fate, delayMs } = fateOf(plan, marker ?? "none", nth);
  const caller = request.headers.authorization?.replace("Bearer ", "") ?? "nobody";
  const call: Call = {
    n: journal.length + 1,
    caller,
    marker,
    test: marker === undefined && words.includes("Проверка связи."),
    repair: body.messages.some((message) => message.role === "assistant"),
    fate: ill ? fate : "good",
    arrivedAt: Date.now(),
    open: 0,
    openOfCaller: 0,
    end: "open",
    endedAt: 0,
    closedAt: 0,
  };
  journal.push(call);
  open += 1;
  openOf.set(caller, (openOf.get(caller) ?? 0) + 1);
  response.on("close", () => end(call, response.writableFinished ? "billed" : "cut_off"));
  note(request.socket, call);
  if (response.destroyed) end(call, "cut_off"); // hung up while its words were read
  await heardAll();
  call.open = open;
  call.openOfCaller = openOf.get(caller) as number;
  await delay(Math.max(delayMs - (Date.now() - call.arrivedAt), 0));
  if (!response.destroyed) answer(call, body.model, response);
}

/** A caller that hung up and then called again may be heard in the other order: what has come in by now is handled first. */
async function heardAll(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
}

/** Connections are used again and again. */
function note(socket: Socket, call: Call): void {
  const known = callsOf.get(socket);
  if (known !== undefined) return void known.push(call);
  const calls = [call];
  callsOf.set(socket, calls);
  socket.once("close", () => {
    for (const one of calls) one.closedAt = Date.now();
  });
}

/** The first end counts. */
function end(call: Call, how: Call["end"]): void {
  if (call.end !== "open") return;
  call.end = how;
  call.endedAt = Date.now();
  open -= 1;
  openOf.set(call.caller, (openOf.get(call.caller) as number) - 1);
}

const json = { "content-type": "application/json" };

function answer(call: Call, model: string, response: ServerResponse): void {
  const whole = JSON.stringify(completion(call, model, contents[call.fate]?.(call) ?? draft(call)));
  switch (call.fate) {
    case "broken":
      end(call, "refused");
      return void response.writeHead(503, json).end('{"error":{"message":"overloaded"}}');
    case "throttled":
      end(call, "refused");
      return void response
        .writeHead(429, { ...json, "retry-after": "0.3" })
        .end('{"error":{"message":"slow down"}}');
    case "rejected":
      end(call, "refused");
      return void response.writeHead(400, json).end('{"error":{"message":"bad request"}}');
    case "told":
      end(call, "refused");
      return void response.writeHead(200, json).end('{"error":{"code":429,"message":"slow down"}}');
    case "page":
      return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Login");
    case "declined":
      return void response
        .writeHead(200, json)
        .end(whole.replace('"finish_reason":"stop"', '"finish_reason":"content_filter"'));
    case "reset":
      end(call, "reset");
      return void response.socket?.resetAndDestroy();
    case "torn":
      response.writeHead(200, json).write(whole.slice(0, 40));
      return void setTimeout(() => {
        end(call, "reset");
        response.socket?.resetAndDestroy();
      }, 20);
    case "hanging":
      return void (call.n % 2 === 0 && response.writeHead(200, json).write(whole.slice(0, 40)));
    default:
      return void response.writeHead(200, json).end(whole);
  }
}

const contents: Partial<Record<Fate, (call: Call) => string>> = {
  garbage: () => '{"text": "Здравствуйте',
  empty: () => "",
  declined: () => "",
  prose: (call) => `Вот ответ:\n${draft(call)}\nУдачи!`,
};

/** Each answer differs from all others: a text that is known under another content would be taken for an old one. */
const draft = (call: Call): string =>
  JSON.stringify({
    text: `Здравствуйте! Спасибо, что написали нам. Подробности в карточке товара. Знак ${mumbled(call.n)}.`,
    intent: "other",
    sentiment: "neutral",
    sla_priority: "normal",
    recommendation_reason: "Покупатель ждёт ответа.",
    needs_escalation: false,
    escalation_reason: null,
  });

/** The model's name carries the call's number into predraft's history. */
const completion = (call: Call, model: string, content: string) => ({
  id: `call-${call.n}`,
  object: "chat.completion",
  created: 1_700_000_000,
  model: `${model}-call-${call.n}`,
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    prompt_tokens_details: { cached_tokens: 64 },
  },
});
