import type { JobHelpers, Task } from "graphile-worker";
import type { Door, Kind } from "./slots.ts";

/** Urgent drafts, and those that somebody waits for, are added with a priority up to 0. */
const kindOf = ({ job }: JobHelpers): Kind =>
  job.task_identifier === "generate_draft" && job.priority <= 0 ? "urgent" : "ordinary";

/** A task that occupies a slot while it runs. Where only kept slots are free, `yielded` runs in place of an ordinary one. */
export function slotted(door: Door, task: Task, yielded: Task = task): Task {
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
