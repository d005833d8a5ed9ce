import { defects, returnWishes } from "../complaints.ts";
import { phrases } from "../phrases.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isDenied } from "../turned.ts";

const returns = phrases([
  "(возврат(|а|у|ом|е|ы|ов)|возвратить|возвращайте|возвращать)",
  "(вернуть|верните|вернете|вернете|возвратите|возвращаете|сдать|сдайте|отправить|отправьте|отослать) ..3 (товар|покупк*|вещь|вещи|изделие|заказ|деньги|обратно|назад|его|ее|их|средства|платье|куртк*|обувь)",
  "(товар|покупк*|вещь|вещи|изделие|заказ|деньги|его|ее|их) ..4 (вернуть|сдать|верните|возвратить)",
  "(можете|можно|хотите|решите|желании|вправе|сможете) ..2 (вернуть|возвратить|обменять|сдать)",
  "верните",
  "(обмен(|а|у|ом|е)|обменять|обменяйте|обменяете)",
  "(замените|заменить|замен(а|у|ы|ой)) ..3 (товар*|вещ*|издели*|на|другой|новый|размер*|цвет*|покупк*)",
  "(return|returned|returns|exchange|refund)",
]);
const figures = phrases([
  "обмен(|а|у|ом|е) ..1 (мнени*|опыт*|впечатлени*|веществ*|информаци*|сообщени*|энерги*|любезност*)",
  "(заменить|замените|замен(а|у|ы|ой)) ..2 (батаре*|фильтр*|насадк*|стержн*|лезви*|аккумулятор*|картридж*|ламп*|масл*|питани*)",
  "(возвращайтесь|возвращаться|вернуться)",
]);

export const returnUnasked: Rule = {
  code: "return_unasked",
  message: "Возврат или обмен, о котором покупатель не спрашивал.",
  find: (on) => {
    const { buyer, draft, given } = on;
    const isNamed = [...returnWishes(buyer), ...defects(buyer)].some((match) => !isDenied(buyer, match));
    if (isNamed || given.has("возврат") || given.has("обмен")) return [];
    const others = figures(draft);
    return spansOf(on, returns(draft), (match) =>
      others.some(({ first, last }) => match.first >= first && match.first <= last),
    );
  },
};
