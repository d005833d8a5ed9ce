import { Hono } from "hono";

/** One line of a health report. */
interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * `GET /healthz` says that the process lives. `GET /readyz` says whether it can work: 200 or 503, and each check with its detail.
 * Anybody who can reach the port may read the answers: they hold no secret and no buyer's text.
 */
export function createHealthApp(health: () => Promise<readonly Check[]>): Hono {
  const app = new Hono();
  app.get("/healthz", (context) => context.json({ alive: true }));
  app.get("/readyz", async (context) => {
    const checks = await health();
    const ready = checks.every((check) => check.ok);
    return context.json({ ready, checks }, ready ? 200 : 503);
  });
  return app;
}
