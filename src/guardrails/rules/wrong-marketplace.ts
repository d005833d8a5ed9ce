import { mentionsOf, rowsOwn } from "../marketplaces.ts";
import { type Rule, spansOf } from "../rule.ts";

export const wrongMarketplace: Rule = {
  code: "wrong_marketplace",
  message: "Назван не тот маркетплейс, на котором пишет покупатель.",
  find: (on) => {
    const own = rowsOwn(on.subject.marketplace);
    if (own === null) return [];
    const others = mentionsOf(on).filter(({ name }) => name !== own);
    return spansOf(on, others);
  },
};
