import type { CheckInput } from "./check-input.ts";
import { type Match, phrases } from "./text/phrases.ts";

/** What people call each marketplace, normalized. */
const names = {
  wildberries: phrases([
    "(wildberries*|вайлдбер*|вайлберр*|валдбер*|валбер*|валбир*|валдбир*|вайлдбир*|вайбер(рис|риз|из|ис)|ваилдбер*|вальдбер*|вилдбер*|вайлдберриз*|wb|вб)",
    "(wild|вайлд) (berries|берриз)",
  ]),
  ozon: phrases(["(ozon|озон(|а|е|у|ом|чик*))"]),
  yandex_market: phrases([
    "(яндекс*|yandex) ..1 (маркет*|market*)",
    "(яндексмаркет*|yandexmarket)",
    "(я|ям) маркет*",
  ]),
  megamarket: phrases(["(мегамаркет*|сбермегамаркет*|megamarket*)", "(сбер|мега) ..1 маркет*"]),
  aliexpress: phrases(["(aliexpress*|алиэкспресс*|алиекспресс*|алик(|е|а|у)|алиэксп*)"]),
  avito: phrases(["(avito|авито)"]),
  lamoda: phrases(["(lamoda|ламод(а|е|у|ы))"]),
  joom: phrases(["(joom|джум)"]),
  amazon: phrases(["(amazon|амазон(|е|а))"]),
  kaspi: phrases(["(kaspi|каспи)"]),
  temu: phrases(["temu"]),
  magnit: phrases(["магнит(|а|е) маркет*"]),
} as const;

type Name = keyof typeof names;

const spellings: ReadonlyMap<string, Name> = new Map([
  ["wb", "wildberries"],
  ["вб", "wildberries"],
  ["yandex", "yandex_market"],
  ["yandexmarket", "yandex_market"],
  ["market", "yandex_market"],
  ["ym", "yandex_market"],
  ["ali", "aliexpress"],
  ["sbermegamarket", "megamarket"],
]);

/** The marketplace that a row's value means; null if the value is empty, the value itself if the marketplace is unknown. */
export function rowsOwn(marketplace: string): string | null {
  const value = marketplace
    .trim()
    .toLowerCase()
    .replaceAll(/[\s.-]+/gu, "_");
  if (value === "") return null;
  return spellings.get(value) ?? spellings.get(value.replaceAll("_", "")) ?? value;
}

/** The marketplaces that a draft names; words of the product's own name do not count. */
export function mentionsOf({ draft, facts }: CheckInput): (Match & { readonly name: string })[] {
  return Object.entries(names).flatMap(([name, find]) =>
    find(draft)
      .filter(({ first, last }) => !draft.words.slice(first, last + 1).every(({ text }) => facts.has(text)))
      .map((match) => ({ ...match, name })),
  );
}
