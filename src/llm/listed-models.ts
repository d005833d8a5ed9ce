import { answerFields, asFields, textOf } from "./answer/reply-content.ts";
import { ModelError } from "./errors/model-error.ts";
import { modelErrorOf, refusalIn, type SdkErrors } from "./errors/sdk-error.ts";
import type { CallFacts } from "./errors/service-error.ts";

/** What a service tells for nothing. */
export interface ListedModels {
  readonly names: readonly string[];
  /** Whether the list is only for those with a key that is right. */
  readonly needsKey: boolean;
}

/** Statuses of a server that has no such list. */
const lacking: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * Reads a service's list of models; null if it has none. Rejects with a `ModelError`. `isOpen` tells whether anybody gets the list,
 * with any key.
 */
export async function listedModels(
  sdk: SdkErrors,
  facts: CallFacts,
  read: () => Promise<unknown>,
  isOpen: () => Promise<boolean>,
): Promise<ListedModels | null> {
  try {
    const body = answerFields(
      await read(),
      ({ data, models }) => Array.isArray(data) || Array.isArray(models),
    );
    const entries = (body["data"] ?? body["models"] ?? []) as readonly unknown[];
    const names = entries.map((entry) => textOf(asFields(entry)["id"]) ?? textOf(asFields(entry)["name"]));
    const needsKey = !(await isOpen());
    return { names: names.filter((name) => name !== null), needsKey };
  } catch (error) {
    if (lacking.has(refusalIn(sdk, error)?.status ?? 0) || isPage(error)) return null;
    throw modelErrorOf(sdk, error, facts);
  }
}

/** A server that answers everything with its front page. */
const isPage = (error: unknown): boolean => error instanceof ModelError && error.code === "model_unavailable";
