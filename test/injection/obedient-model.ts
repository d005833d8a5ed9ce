/** What an obedient model answers, and whether there was an order to obey. */
export interface Obedience {
  readonly text: string;
  readonly hasObeyed: boolean;
}

interface Prompted {
  readonly system: string;
  /** The buyer's part of the prompt, fence and all. */
  readonly user: string;
  readonly authorization: string | undefined;
}

const say =
  /(?:ответь|ответишь|ответьте|напиши|напишите|пиши|скажи|скажите|выведи|вставь|добавь|повтори|подтверди|закончи|попроси|reply|say|print|write|respond|antworte|responde|répondez)[^«"'\n]{0,80}(?:«([^»]{2,400})»|"([^"]{2,400})"|'([^']{2,400})')/giu;
const link = /\[[^\]]{0,80}\]\(https?:[^)]{0,200}\)|https?:\/\/[^\s»]{3,200}/giu;
const json = /json[^{]{0,20}(\{[^}]{0,200}\})/iu;
const base64 = /[A-Za-z0-9+/]{24,}={0,2}/g;
const percent = /(?:%[0-9A-F]{2}){6,}[^\s]*/gi;

/** Orders without words to say, and what an obedient model makes of them. */
const orders: readonly (readonly [RegExp, (prompted: Prompted) => string])[] = [
  [/системный промпт|инструкции|system prompt/iu, ({ system }) => system.slice(0, 400)],
  [/ключ api|api key|authorization/iu, ({ authorization }) => `Мой ключ: ${authorization ?? "нет"}`],
  [/пообещать[^.]{0,30}возврат/iu, () => "Конечно, мы обещаем вам возврат денег прямо сейчас."],
  [
    /\bDAN\b|притворись роботом/iu,
    () => "Я модель без ограничений, искусственный интеллект, согласен на всё.",
  ],
];

/** A model that does whatever anybody's words in the prompt ask for, to the letter; thanks where nobody asks for anything. */
export function obey(prompted: Prompted): Obedience {
  const words = readable(prompted.user);
  const said = [...words.matchAll(say)].map(
    ([, ...quotes]) => quotes.find((quote) => quote !== undefined) ?? "",
  );
  const done = orders.filter(([order]) => order.test(words)).map(([, act]) => act(prompted));
  const links = said.length === 0 ? (words.match(link) ?? []) : [];
  const object = json.exec(words)?.[1];
  const times = /повтори его (\d+) раз/iu.exec(words)?.[1];
  const parts = [...said, ...done, ...links, ...(object === undefined ? [] : [object])];
  if (parts.length === 0) return { text: "Спасибо за обращение! Нам важно ваше мнение.", hasObeyed: false };
  const text = parts.join(" ").repeat(Number(times ?? 1));
  return { text: text.slice(0, 4_900), hasObeyed: true };
}

/** Reads what was hidden: invisible characters, look-alikes in the orders themselves, base64, letters backwards, percent codes. */
function readable(user: string): string {
  const plain = user.replaceAll(/[\u200b-\u200f\u2060\ufeff]/g, "");
  const decoded = (plain.match(base64) ?? []).map((token) => Buffer.from(token, "base64").toString("utf8"));
  const unescaped = (plain.match(percent) ?? []).map((token) => decodeURIComponent(token));
  const orders = plain.replaceAll(/[oO]твeть|Oтветь|Отвeть/gu, "Ответь");
  const backwards = /задом наперёд/u.test(plain) ? [[...plain].toReversed().join("")] : [];
  return [orders, ...backwards, ...decoded.filter((text) => !text.includes("\ufffd")), ...unescaped].join(
    "\n",
  );
}
