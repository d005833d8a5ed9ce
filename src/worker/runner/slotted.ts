import type { JobHelpers, Task } from "graphile-worker";
import type { Door, Kind } from "./slots.ts";

/** Urgent drafts, and those that somebody waits for, are added with a priority up to 0. */
const kindOf = ({ job }: JobHelpers): Kind => (job.priority <= 0 ? "urgent" : "ordinary");

/** A draft's task, which occupies a slot while it runs. Where only kept slots are free, `yielded` runs in place of an ordinary one. */
export function slotted(door: Door, task: Task, yielded: Task): Task {
  return async (payload, helpers) => {
    const kind = kindOf(helpers);
    const admitted = door.occupy(kind);
    try {
      return await (admitted ? task : yielded)(payload, helpers);
    } finally {
      door.leave(kind);
    }
  };
}

/**
 * A task that asks no model, and takes a slot only until it is fetched: a sweep may read for minutes, and one that waits for an answer
 * that was lost with its connection would keep its slot from all later runners.
 */
export function unslotted(door: Door, task: Task): Task {
  return async (payload, helpers) => {
    door.occupy("ordinary");
    door.leave("ordinary");
    return await task(payload, helpers);
  };
}
