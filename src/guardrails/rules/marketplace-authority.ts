import { type Rule, spansOf } from "../rule.ts";
import { isConditional, isNegated } from "../text/negation.ts";
import { type Match, phrases } from "../text/phrases.ts";
import { fits, formsOf } from "../text/word-forms.ts";

const change =
  "(измен(им|ю|или|ила|ить)|помен(яем|яю|яли|ять)|меня(ем|ю)|перенос(им|ить)|перенаправля(ем|ю)|смен(им|или|ить)|исправ(им|или|ить)|скорректиру(ем|ю)|скорректировали|обнов(им|или)|перепиш(ем|у)|указ(али)|постав(им|или)|перенес(ем|у|ли|ти)|перенаправ(им|или|ить|лю)|переадресу(ем|ю)|переадресовали|отредактиру(ем|ю)|внес(ем|ли))";
const cancel = "(отмен(им|ю|яем|или|ила|ить)|аннулиру(ем|ю)|аннулировали|аннулировать|снимем|сн(яли|ять))";
const hasten = "(ускор(им|ю|или|ить|яем|яю)|потороп(им|лю|или|ить)|подгон(им|ю)|форсиру(ем|ю)|приорит*)";
const approve =
  "(одобр(им|ю|или|ить|яем|яю|ил|ила)|согласовыва(ем|ю)|подтвержда(ем|ю)|соглас(уем|овали|овать)|подтверд(им|или|ить)|подтвержу|утверд(им|или)|прим(ем|у)|приня(ли|ть))";
const prolong = "(продл(им|ю|или|ить|яем)|продлева(ем|ю)|увелич(им|или|ить)|расшир(им|или))";
const order = "(заказ*|покупк*|отправк*|посылк*|доставк*|позици*)";

const acts = phrases([
  `${change} ..4 (адрес*|пункт*|пвз|дат(у|ы)|получател*|доставк*|время|заказ*|способ*)`,
  `(адрес*|пункт*|пвз|дат(у|ы)|получател*|доставк*|заказ*|посылк*) ..4 ${change}`,
  "(перенаправим|переадресуем|перенаправили|переадресовали)",
  `${cancel} ..4 ${order}`,
  `${order} ..3 ${cancel}`,
  `${hasten} ..4 (${order.slice(1, -1)}|курьер*|склад*|сборк*|процесс*|рассмотрени*|возврат*|вас)`,
  `(${order.slice(1, -1)}|курьер*|склад*|сборк*) ..3 ${hasten}`,
  `${approve} ..4 (заявк*|возврат*|обмен*|отмен*|заявлени*|претензи*)`,
  `(заявк*|возврат*|обмен*|отмен*) ..3 ${approve}`,
  `${prolong} ..4 (срок*|врем*|период*|возврат*|хранени*|гаранти*)`,
  `(срок*|период*|хранени*) ..4 ${prolong}`,
  "(попросим|попрошу|попросили|скажем|договоримся|договорились|поручим) ..4 (ускорить|поторопиться|отменить|изменить|привезти|доставить|одобрить|быстрее|курьер*|перенести|продлить|собрать|отправить|вне|обработать|отдать)",
  "(ваш|ваша|ваше|вашу|заказ|заявка|возврат|адрес|доставка|срок|пункт) ..3 (отменен(|а|о)|аннулирован*|изменен(|а|о)|одобрен(|а|о)|ускорен(|а|о)|продлен(|а|о)|согласован(|а|о)|перенесен(|а|о)|перенаправлен*)",
  "(заказ|доставка|заявка|возврат|адрес|срок) ..2 (будет|будут) ..2 (отменен*|ускорен*|одобрен*|изменен*|продлен*|перенаправлен*|согласован*)",
  "(we|i) ..3 (cancel|cancelled|canceled|expedite|hasten|approve|approved|extend|extended) ..3 (order*|delivery|claim*|return*|request*|period|deadline)",
  "(we|i) ..3 (change|changed) ..3 (address|date|pickup)",
  "your (order|return|claim|address) ..1 (has|is|was|will) ..2 (cancelled|canceled|approved|changed|extended|expedited)",
]);

const ours = formsOf(
  "(мы|можем|могу|готов(ы|а)|сможем|смогу|попросим|попрошу|попросили|скажем|договоримся|договорились|поручим|постараемся|попробуем|we|i)",
);
const infinitive = formsOf(
  "(изменить|поменять|сменить|перенаправить|перенести|отменить|аннулировать|снять|ускорить|поторопить|одобрить|согласовать|подтвердить|принять|продлить|увеличить)",
);
const deed = formsOf(
  `(${[change, cancel, hasten, approve, prolong].map((forms) => forms.slice(1, -1)).join("|")})`,
);
const others = formsOf(
  "(вы|можно|wildberries|вайлдберриз|вб|wb|ozon|озон|яндекс|маркет|маркетплейс*|площадк*|приложени*|кабинет*|самостоятельно|пожалуйста|спасибо|жаль|нужно|хотите|решите|успели|сможете|можете|вам|покупател*)",
);

export const marketplaceAuthority: Rule = {
  code: "marketplace_authority",
  message: "Это делает маркетплейс или сам покупатель, а не продавец. Подскажите, где это сделать.",
  find: (on) => {
    const { draft } = on;
    const isExcused = (match: Match): boolean =>
      isNegated(draft, match) || isConditional(draft, match) || isTheirs(match);
    return spansOf(on, acts(draft), isExcused);

    /** An infinitive is the seller's only if the draft says that the seller can; a passive only if nobody else is named beside it. */
    function isTheirs({ first, last }: Match): boolean {
      const { words } = draft;
      const own = words[first]?.clause;
      const near = words.slice(Math.max(first - 8, 0), last + 9).filter(({ clause }) => clause === own);
      if (near.some(({ text }) => fits(text, ours))) return false;
      const said = words.slice(first, last + 1);
      if (said.some(({ text }) => fits(text, deed) && !fits(text, infinitive))) return false;
      return said.some(({ text }) => fits(text, infinitive)) || near.some(({ text }) => fits(text, others));
    }
  },
};
