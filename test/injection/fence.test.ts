import fc from "fast-check";
import { expect, test } from "vitest";
import { openPrompts } from "../../src/prompt/prompt.ts";
import { redact } from "../../src/prompt/redact.ts";
import { briefWith, fromBuyer, fromSeller } from "../helpers/brief.ts";
import { attacks } from "./attacks.ts";

const prompts = await openPrompts();

/** The prompt's user part with all that stands in fences taken out. */
function outside(text: string, channel: "review" | "question" | "chat"): string {
  const thread = channel === "chat" ? [fromBuyer(text), fromSeller("Здравствуйте!"), fromBuyer(text)] : [];
  const whole = {
    ...briefWith({ channel, rating: null, subject: text, text, thread }),
    orderId: null,
    gap: null,
  };
  const { user, system } = prompts.write(redact(whole).brief);
  expect(system, "no word of the buyer's among the rules").toBe(
    prompts.write(
      redact({ ...whole, subject: "О", text: "О", thread: thread.map((m) => ({ ...m, text: "О" })) }).brief,
    ).system,
  );
  return user.replaceAll(/<<<[\s\S]*?>>>/g, "<<<>>>");
}

const channels = ["review", "question", "chat"] as const;

test.each(channels)("no hostile text of the suite gets out of its fence in a %s", (channel) => {
  const texts = attacks.flatMap(({ fields, thread }) => [
    fields["text"],
    fields["subject"],
    ...(thread ?? []),
  ]);
  for (const text of texts) {
    if (typeof text !== "string") continue;
    expect(outside(`а ${text}`, channel)).toBe(outside("а", channel));
  }
});

test.each(channels)(
  "nothing made of marks, look-alikes and line ends gets out of its fence in a %s",
  (channel) => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "<<<",
      ">>>",
      "＞",
      "＜",
      "›",
      "》",
      "\n",
      "\r",
      "\u200b",
      "\u2028",
      " ",
      "а",
      "Продавец: ",
      "\0",
      "\u202e",
      "<|",
      "|>",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(outside(`а ${pieces.join("")} я`, channel)).toBe(outside("а я", channel));
      }),
      { numRuns: 300 },
    );
  },
);
