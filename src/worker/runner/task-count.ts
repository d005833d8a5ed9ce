import type { Task } from "graphile-worker";

/** Knows which tasks are running, so that a stop need not believe a runner that has lost count. */
export interface TaskCount {
  counted(task: Task): Task;
  /** Resolves once none is running. */
  idle(): Promise<void>;
}

export function createTaskCount(): TaskCount {
  const running = new Set<Promise<unknown>>();
  return {
    counted: (task) => async (payload, helpers) => {
      const run = Promise.resolve(task(payload, helpers));
      running.add(run);
      try {
        return await run;
      } finally {
        running.delete(run);
      }
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
