import { findPattern, ownText } from "../find-pattern.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isNegated } from "../text/negation.ts";
import { type Match, phrases } from "../text/phrases.ts";
import { fits, formsOf } from "../text/word-forms.ts";

const gives =
  "(дарим|дарю|подар(им|ю)|дад(им|ут)|дам|полож(им|у)|влож(им|у)|приложим|отправим|пришлем|пришлю|получите|ждет|ждут|начислим|предостав(им|ляем)|сделаем|сделаю|предлагаем|предложим|готовы|хотим|приготовили|подготовили|добавим|вручим|обещаем|оформим|действует|действуют|воспользуйтесь|используйте|ловите|держите|забирайте|примите|вложили|положили)";
const thing =
  "(скидк*|скидочк*|дисконт*|промокод*|промо-код*|купон*|кэшбэк*|кешбэк*|кэшбек*|кешбек*|кешб*|кэшб*|cashback|бонус(|а|ы|ов|ами|ом|ик*|ный|ные|ных)|балл(ы|ов|ами)|сертификат(|ы|ом)|распродаж*|спеццен*|спецпредложени*)";
const present =
  "(подар(ок|ка|ку|ком|ки|ков|ками|очек|очк*)|презент(|а|ы|ом|ик*)|сюрприз(|а|ы|ом|ик)|комплимент(|ом|ы|а)|сувенир(|ы|чик*|а|ом)|приз(|ы|а|ом)|пробник*)";

const offers = phrases([
  thing,
  "промо код*",
  "промо ..1 (акци*|код*)",
  `(специальн*|индивидуальн*|особ*|персональн*|выгодн*) ..1 (цен*|предложени*|услови*)`,
  `${gives} ..4 ${present}`,
  `${present} ..3 (ждет|за|покупк*|заказ*|получите|вложим|дарим|положим)`,
  `${present} от (нас|магазина|нашего|команды|бренда)`,
  `с (нас|меня) ..2 ${present}`,
  "(сделаем|отдадим|продадим|будет|получится|выйдет|обойдется) ..3 (дешевле|дешево|выгоднее|полцены|бесплатно)",
  "(снизим|скинем|сбросим|уступим|уменьшим) ..3 (цен*|стоимост*|процент*|рубл*)",
  "(скинем|уступим)",
  "(сделаем|дадим|предложим|поставим|предлагаем|получите) ..3 цен(у|ой|а)",
  "(вернем|начислим) ..3 (процент*|балл*|рубл*)",
  "(в|по|за) подарок ..1 (от|к|вам|за|мы)",
  "(участвуйте|участие) ..2 (акци*|розыгрыш*|конкурс*|лотере*)",
  "(акция|акции|акцию) ..2 (для|действует|на|два|1|вам)",
  "розыгрыш*",
  "(discount*|coupon*|promo|promocode|cashback|voucher*|bonus*|gift*)",
]);

const reduced =
  /минус \d{1,2} ?%|(?<![\p{L}\p{N}%] ?)-\d{1,2} ?%|на \d{1,2} ?% (?:дешевле|меньше|выгоднее)/gu;

const market = formsOf(
  "(маркетплейс*|wildberries|вайлдберриз|вб|wb|ozon|озон|яндекс|маркет|площадк*|карточк*|приложени*|корзин*)",
);
const bought = formsOf(
  "(купил*|взял*|приобрел*|заказал*|успел*|удалось|достал*|покупал*|выбрал*|брали|брала|сэкономить|стал|стала|стало|оказал*|порадовал*)",
);
/** «Приятный бонус» is a figure of speech, no offer. */
const figure = formsOf("(приятн*|отличн*|дополнительн*|небольшим)");
const giving = formsOf(gives);

export const incentive: Rule = {
  code: "incentive",
  message: "Скидка, подарок или бонус, которых нет в правилах продавца.",
  find: (on) => {
    const { draft, given } = on;
    const { words } = draft;
    const reductions = findPattern(on, reduced, (text) => ownText(on).includes(text));
    const found = spansOf(
      on,
      offers(draft),
      (match) => isNegated(draft, match) || isGiven(match) || isOthers(match) || isNone(match),
    );
    return [...found, ...reductions];

    function isGiven({ first, last }: Match): boolean {
      const nouns = words.slice(first, last + 1).filter(({ text }) => text.length > 4 && !fits(text, giving));
      return nouns.length > 0 && nouns.every(({ text }) => given.has(text));
    }

    /** True for what the marketplace counts and for what the buyer already has. */
    function isOthers({ first, last }: Match): boolean {
      const own = words[first]?.clause;
      const near = words.slice(Math.max(first - 6, 0), last + 7).filter(({ clause }) => clause === own);
      if (near.some(({ text }) => fits(text, giving))) return false;
      const isFigure = words[first]?.text.startsWith("бонус") && near.some(({ text }) => fits(text, figure));
      const isReckoned =
        near.some(({ text }) => fits(text, market)) &&
        !near.some(({ text }) => /^(?:вам|вас|ваш\p{L}*)$/u.test(text));
      return (
        isReckoned ||
        near.some(({ text }) => fits(text, bought)) ||
        (isFigure === true && !near.some(({ text }) => text === "ждут" || text === "вас"))
      );
    }

    function isNone({ first, last }: Match): boolean {
      return words
        .slice(Math.max(first - 3, 0), last + 4)
        .some(({ text, clause }) => clause === words[first]?.clause && /^(?:нет|без|не)$/u.test(text));
    }
  },
};
