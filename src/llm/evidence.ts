import type { BilledCall } from "../domain/billed-call.ts";
import { ModelError } from "./errors/model-error.ts";
import type { Completion } from "./provider.ts";

/** What a failed call tells of its service, for one provider and model. */
export interface Evidence {
  /** A content was answered as it should be. */
  answered(): void;
  /**
   * The error as it is to be taken: one that may be a content's own fault becomes `model_unfit`, the service's fault, if the service
   * does not answer a test question either. May ask that question, and waits for its answer until `signal` fires; never rejects.
   */
  judge(error: ModelError, signal: AbortSignal): Promise<ModelError>;
}

const aboutContent: ReadonlySet<string> = new Set([
  "model_refused",
  "model_rejected",
  "model_invalid_answer",
]);

/** Whether a failure may be one content's own fault. Alone it says nothing about the service. */
export const isAboutContent = ({ code }: Pick<ModelError, "code">): boolean => aboutContent.has(code);

/** So many such failures in a row, and none answered between them, raise the question. */
const suspicious = 2;
/** A service that has answered the test question is not asked again for so long. */
const trustedMs = 5_000;

/** What came of the test question: the error if it was not answered, and what it cost. */
interface Tested {
  readonly error: ModelError | undefined;
  readonly billed: readonly BilledCall[];
}

/**
 * Tells what is wrong with one content from what is wrong with the service. `askTestQuestion` asks the service about a content that
 * nobody could object to, and rejects as `generate` does; null: there is none to ask.
 */
export function createEvidence(askTestQuestion: (() => Promise<Completion>) | null): Evidence {
  let inARow = 0;
  let hasAnswered = false;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<Tested> | undefined;

  const ask = async (question: () => Promise<Completion>): Promise<Tested> => {
    try {
      const { billed } = await question();
      answeredAt = performance.now();
      inARow = 0;
      return { error: undefined, billed };
    } catch (error) {
      const failed = error instanceof ModelError ? error : undefined;
      return { error: failed, billed: failed?.billed ?? [] };
    } finally {
      asking = undefined;
    }
  };

  return {
    answered() {
      hasAnswered = true;
      inARow = 0;
    },
    async judge(error, signal) {
      // A firewall before the service forbids single contents. (A wrong key is told as 401, and is no content's fault.)
      const isDoubtful = error.code === "model_misconfigured" && error.status === 403 && hasAnswered;
      if (askTestQuestion === null || (!isAboutContent(error) && !isDoubtful)) return error;
      inARow += 1;
      if (performance.now() - answeredAt < trustedMs) return contents(error);
      if (inARow < suspicious && !isDoubtful) return error;
      // All that fail meanwhile wait for one answer; what it costs stands in the history of the one that asked.
      const isMine = asking === undefined;
      asking ??= ask(askTestQuestion);
      const tested = await Promise.race([asking, fired(signal)]);
      if (tested === undefined) return error;
      const paid = isMine ? error.after(tested.billed) : error;
      return isDoubtful ? byAnswer(paid, tested) : bySameFault(paid, tested);
    },
  };
}

/** The service answers others, so what looked like a wrong key or model is this content's; else it is what it looked like. */
const byAnswer = (error: ModelError, { error: said }: Tested): ModelError =>
  said === undefined ? contents(error) : error;

/** The service fails others in the same ways, so this is no content's fault; else it is what it looked like. */
const bySameFault = (error: ModelError, { error: said }: Tested): ModelError =>
  said !== undefined && isAboutContent(said) ? unfit(said, error) : error;

/** A failure as one content's fault. */
const contents = (error: ModelError): ModelError =>
  isAboutContent(error)
    ? error
    : new ModelError(`This content is refused, and others are not. ${error.message}`, {
        code: "model_rejected",
        billed: error.billed,
      });

const fired = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });

/** What to say and do about a service that fails each content alike. */
function unfit(said: ModelError, { billed }: ModelError): ModelError {
  const { code, message } = said;
  const details: Readonly<Record<string, { what: string; hint: string }>> = {
    model_rejected: {
      what: "rejects every request",
      hint: "check LLM_MODEL, LLM_BASE_URL and the key, and what the service says",
    },
    model_refused: {
      what: "declines every content, also a harmless one",
      hint: "look at the filters and rules of the account, or choose another model",
    },
    model_invalid_answer: {
      what: "answers nothing that can be used",
      hint: "choose a model that can answer with a JSON object",
    },
  };
  const { what = "fails every content", hint = "" } = details[code] ?? {};
  return new ModelError(`The model's service ${what}. ${message}`, {
    code: "model_unfit",
    retryable: true,
    hint,
    billed,
    cause: said,
  });
}
