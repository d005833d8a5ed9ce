import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ModelPlan } from "./fates.ts";
import type { Answer, Call, Order } from "./journal.ts";

/** The language model's server, in a process of its own. */
export interface Model {
  readonly baseUrl: string;
  /** From now on every answer is good and quick. */
  heal(): Promise<void>;
  /** Every call so far. */
  journal(): Promise<readonly Call[]>;
  stop(): Promise<void>;
}

/** Starts it. Rejects where it ends at once. */
export async function startModel(plan: ModelPlan): Promise<Model> {
  const path = fileURLToPath(new URL("./model-process.ts", import.meta.url));
  const child = fork(path, [JSON.stringify(plan)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
  });
  const ended = once(child, "exit");
  const heard = async <K extends Answer["answer"]>(kind: K): Promise<Extract<Answer, { answer: K }>> => {
    const [answer] = (await Promise.race([
      once(child, "message"),
      ended.then(([code]) => Promise.reject(new Error(`the model server ended (${code})`))),
    ])) as [Answer];
    if (answer.answer !== kind) throw new Error(`the model server said ${answer.answer}, not ${kind}`);
    return answer as Extract<Answer, { answer: K }>;
  };
  const order = async <K extends Answer["answer"]>(what: Order["order"], kind: K) => {
    const answer = heard(kind);
    child.send({ order: what } satisfies Order);
    return await answer;
  };
  const { port } = await heard("listening");
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    heal: async () => void (await order("heal", "healed")),
    journal: async () => (await order("journal", "journal")).calls,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
