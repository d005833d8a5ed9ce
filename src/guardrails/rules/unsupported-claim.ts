import type { CheckInput } from "../check-input.ts";
import { disclaimersIn } from "../disclaimer.ts";
import { someTime } from "../lexicon.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isConditional, isNegated } from "../text/negation.ts";
import { type Match, phrases } from "../text/phrases.ts";
import { fits, formsOf } from "../text/word-forms.ts";

const qualities = phrases([
  "(оригинал(|ом)|оригинальн(ый|ая|ое|ые|ого|ой|ых)|подлинн(ый|ая|ое|ые|ик)|лицензионн*|фирменн(ый|ая|ое|ые)|брендов(ый|ая|ое|ые))",
  "(водонепроницаем*|водостойк*|влагостойк*|влагозащи*|непромокаем*|непродуваем*|водоотталкива*|ветрозащит*|ветронепроница*|грязеотталкива*|ударопрочн*|противоударн*|износостойк*|износоустойч*|морозостойк*|морозоустойч*|термостойк*|жаропрочн*|жаростойк*|огнеупорн*|небьющ*|нержаве*|антистатич*|антипригарн*|гипоаллерген*|экологичн*|биоразлагаем*|дышащ*|долговечн*|прочн(ый|ая|ое|ые|ого)|надежн(ый|ая|ое|ые)|натуральн*|сертифицирован*|премиальн*|премиум|высококачественн*|качественн(ый|ая|ое|ые|ого|ой|ых)|бесшумн*|энергосбер*|герметичн*|светостойк*|антивандальн*|несминаем*|немнущ*|гост|гост(а|у|ом))",
  "не (линя(ет|ют)|сад(ится|ятся)|скатыва(ется|ются)|выцвета(ет|ют)|мн(ется|утся)|рв(ется|утся)|промока(ет|ют)|желте(ет|ют)|ломается|греется|царапа(ется|ются)|ржаве(ет|ют)|протека(ет|ют)|растягива(ется|ются)|теря(ет|ют)|деформиру(ется|ются)|облеза(ет|ют)|пахнет|боится|боятся|бьется|полиня(ет|ют)|вытян(ется|утся)|электризуется|содержит|просвечива(ет|ют)|скользит|скользят)",
  "(прослуж(ит|ат)|служ(ит|ат)|хватит|продержится|выдерж(ит|ат)|выдержива(ет|ют)|держит|держат|греет|согреет|защища(ет|ют)|защитит)",
  "(высок*|отличн*|лучш*|прекрасн*|превосходн*|безупречн*|премиум) (качеств*|прочност*|надежност*)",
  "(лучший|лучшая|лучшее|лучшие|идеальн(ый|ая|ое|ые)|уникальн(ый|ая|ое|ые)) ..2 (рынк*|товар*|издели*|модел*|вариант*|выбор*|качеств*|для|в)",
  "(сделан*|произвед*|изготовл*|выпущен*|пошит*|сшит*|производ(им|ится|ят|ство|ства)|выпускает*) ..2 (в|на|из) ..2",
  "(страна|производство|производитель|изготовитель) ..2 (росси*|кита*|турци*|итали*|германи*|япони*|коре*|беларус*|узбекистан*|индия|франци*|сша|польш*|вьетнам*)",
  "(маломер*|большемер*)",
  "размер в размер",
  "(идет|идут|соответствует|садится) ..2 (размер*|сетке|росту)",
  "(берите|закажите|заказывайте|выбирайте|советуем|рекомендуем|подойдет|ваш|нужен|брать) ..3 размер ..1 (больше|меньше|s|m|l|xl|xxl|xs)?",
  "на размер (больше|меньше)",
  "(есть|имеются|предусмотрен*|действует|дается|дает) ..2 (сертификат*|гаранти(я|ю)|деклараци*)",
  "(гарантия|гарантию) ..3 (месяц*|год*|лет|дней|недел*|производител*)",
  "в (комплекте|наборе) ..2 (есть|идет|идут|имеется|имеются|прилагается|лежит)",
  "(есть|идет|идут|имеется|имеются|входит|входят|прилагается) ..3 в (комплект*|набор*)",
  "(original|waterproof|authentic|genuine|durable|certified|handmade)",
]);

const stock = phrases([
  "в наличии",
  "на складе ..2 (есть|имеется|осталось|остал*)",
  "(есть|осталось|осталась|остались|имеется) ..3 на складе",
  "(появ(ится|ятся)|поступ(ит|ят|ление|ления|лении)|завез(ут|ем)|привезем|ожида(ется|ются|ем)|вернется|вернутся|пополн(им|ится)) ..4 (в|на|скоро|вскоре|завтра|через|склад*|продаж*|наличи*|ассортимент*|к|после|до|позже|следующ*)?",
  `(скоро|вскоре|через|в|к|до|после|на) ..4 (появ(ится|ятся)|поступ(ит|ят)|завез(ут|ем)|вернется|пополним)`,
  "(законч(ился|илась|ились|илось)|распродан*|раскупили|осталось|остался|остались|остали*) ..3",
  "(снят|снята|снято|сняты) с производства",
  "(больше|уже) не (будет|производ*|выпуска*|поступит|появится)",
  "(следующ*|новая|новое|новые|нов(ый|ую)|очередн*) (поставк*|парти*|поступлени*|завоз*) ..3",
  "in stock",
  "sold out",
]);

const fittings = phrases([
  "(подойд(ет|ут)|подход(ит|ят)|совместим(|а|о|ы|ый|ая|ые)|подключается|подключаются|сочета(ется|ются)|встан(ет|ут)|влез(ет|ут)|поместится|поместятся|помеща(ется|ются)|сяд(ет|ут)|налез(ет|ут)|вмещает|вместит|вмещается|рассчитан*|предназначен*|годится|поддержива(ет|ют))",
  "работает ..1 (с|на|от|без|при)",
  "(fits|compatible|suits|suitable)",
]);

const materials = formsOf(
  "(хлоп(ок|ка|ком|ков*)|лен|льн(а|ом|ян*)|шерст*|шелк*|кож(а|и|у|ей|ан*)|кожзам*|экокож*|полиэстер*|полиэфир*|вискоз*|эластан*|лайкр*|спандекс*|акрил*|нейлон*|полиамид*|флис*|металл*|сталь|стал(и|ью|ьн*)|пластик*|пластмасс*|дерев(о|а|ян*)|стекл(о|а|ян*)|керамик*|керамич*|силикон*|замш*|бамбук*|пух(|а|ом|ов*)|синтепон*|холлофайбер*|латекс*|алюмини*|серебр*|золот(о|а|ой|ая|ое)|резин*|велюр*|кашемир*|мериносо*|мех(|а|ом|ов*)|трикотаж*|джинс*|деним*|фарфор*|чугун*|латун*|медь|меди|медн*|бронз*|бук(|а|ов*)|дуб(|а|ов*)|сосн*|мдф|дсп|полипропилен*|полиуретан*|поликарбонат*|cotton|leather|wool|silk|polyester|steel)",
);
const colours = formsOf(
  "(черн(ый|ая|ое|ые|ого|ой|ых)|бел(ый|ая|ое|ые|ого|ой|ых)|син(ий|яя|ее|ие|его|ей|их)|красн(ый|ая|ое|ые|ого|ой|ых)|зелен(ый|ая|ое|ые|ого|ой|ых)|сер(ый|ая|ое|ые|ого|ой|ых)|розов*|голуб(ой|ая|ое|ые|ого)|бежев*|коричнев*|желт(ый|ая|ое|ые|ого|ой)|фиолетов*|бордов*|оранжев*|бирюзов*|сиренев*|хаки|серебрист*|золотист*|мятн(ый|ая|ое|ые|ого))",
);
const numeral = formsOf(
  "(один|одна|одну|два|две|двух|три|трех|четыре|четырех|пять|пяти|шесть|шести|семь|семи|восемь|восьми|девять|девяти|десять|десяти|двенадцать|пятнадцать|двадцать|тридцать|сорок|пятьдесят|сто|ста|полтора|полутора|полгода|пару|несколько|тысяч*)",
);
const unit = formsOf(
  `(сантиметр*|миллиметр*|метр*|см|мм|км|кг|грамм*|килограмм*|литр*|мл|ватт*|вольт*|градус*|процент*|год(|а|у)|лет|года|рубл*|раз(|а)|стир(ок|ки)|мегапиксел*|гигабайт*|герц|дюйм*|${someTime.slice(1)}`,
);
const month = formsOf(
  "(январ(я|е|ю)|феврал(я|е|ю)|март(а|е|у)|апрел(я|е|ю)|мая|мае|маю|июн(я|е|ю)|июл(я|е|ю)|август(а|е|у)|сентябр(я|е|ю)|октябр(я|е|ю)|ноябр(я|е|ю)|декабр(я|е|ю))",
);
const feeling = formsOf(
  "(надеемся|надеюсь|жаль|сожалеем|рады|приятно|здорово|хорошо|замечательно|спасибо|пусть|отлично|понимаем|благодарим|стара*|стремимся|важно|важны|хотим|хочется|будем|отмечаете|отметили|пишете|написали)",
);

export const unsupportedClaim: Rule = {
  code: "unsupported_claim",
  message: "В данных о товаре этого нет: число, свойство, наличие или совместимость. Проверьте или уберите.",
  find: (on) => {
    const { draft } = on;
    const isDisclaimed = disclaimersIn(draft);
    const isExcused = (match: Match): boolean =>
      isDisclaimed(match) || isConditional(draft, match) || isFelt(on, match);
    return [
      ...spansOf(
        on,
        qualities(draft),
        (match) =>
          isExcused(match) || isNegatedClaim(on, match) || isGiven(on, match) || isSaidByBuyer(on, match),
      ),
      ...spansOf(
        on,
        stock(draft),
        (match) => isExcused(match) || isNegated(draft, match) || isGiven(on, match),
      ),
      ...spansOf(
        on,
        fittings(draft),
        (match) => isExcused(match) || isNegated(draft, match) || isFitGiven(on, match),
      ),
      ...spansOf(on, substances(on), (match) => isExcused(match) || isNegated(draft, match)),
      ...spansOf(
        on,
        [...numbers(on), ...spelled(on), ...dates(on)],
        (match) => isDisclaimed(match) && isSaidByBuyer(on, match),
      ),
    ];
  },
};

/** «Не линяет» is a claim; any other «не» before a quality negates it. */
function isNegatedClaim({ draft }: CheckInput, match: Match): boolean {
  return draft.words[match.first]?.text !== "не" && isNegated(draft, match);
}

/** Tells whether the facts contain all words of a phrase except its small ones. */
function isGiven({ draft, facts }: CheckInput, { first, last }: Match): boolean {
  const said = draft.words.slice(first, last + 1).filter(({ text }) => text.length > 3);
  return said.length > 0 && said.every(({ text }) => facts.has(text));
}

/** The draft may repeat a review's own praise or complaint; what a question asks is no fact. */
function isSaidByBuyer({ draft, buyer, subject }: CheckInput, { first, last }: Match): boolean {
  const said = draft.words.slice(first, last + 1);
  const size = said.at(-1)?.text ?? "";
  if (/^x{0,3}[sml]$/u.test(size) && buyer.at.has(size)) return true;
  return said.every(({ text }) =>
    /^\d/u.test(text) ? buyer.at.has(text) : subject.channel !== "question" && isStated(buyer, text),
  );
}

function isStated({ words, normalized }: CheckInput["buyer"], word: string): boolean {
  const head = word.slice(0, Math.max(4, word.length - 3));
  return words.some(({ text, end }) => {
    if (text !== word && !(word.length > 4 && text.startsWith(head))) return false;
    return !/^[^.!\n]{0,200}\?/u.test(normalized.text.slice(end, end + 200));
  });
}

const farthest = 15;

/** Hopes, thanks and regrets claim nothing about the product. */
function isFelt({ draft }: CheckInput, { first }: Match): boolean {
  const own = draft.words[first]?.sentence;
  for (let at = first - 1; at >= first - farthest && draft.words[at]?.sentence === own; at -= 1) {
    if (fits(draft.words[at]?.text ?? "", feeling)) return true;
  }
  return false;
}

const small =
  /^(?:для|к|на|под|с|со|в|и|из|от|по|вам|вас|этот|эта|ваш\p{L}*|он|она|они|оно|так|же|это|да|при|без|товар|модель|чехол|изделие)$/u;

/** «Подойдёт для сухой кожи»: the facts contain the words that follow. */
function isFitGiven({ draft, facts }: CheckInput, { last }: Match): boolean {
  const own = draft.words[last]?.clause;
  const objects = draft.words
    .slice(last + 1, last + 5)
    .filter(({ text, clause }) => clause === own && !small.test(text));
  return objects.length > 0 && objects.every(({ text }) => facts.has(text));
}

function substances({ draft, facts, buyer, subject }: CheckInput): Match[] {
  return draft.words.flatMap(({ text }, at) => {
    const isClaim = (fits(text, materials) || fits(text, colours)) && !facts.has(text);
    const isRepeated = subject.channel !== "question" && isStated(buyer, text);
    return isClaim && !isRepeated ? [{ first: at, last: at }] : [];
  });
}

/** Numbers that neither the product's data nor the buyer's words contain. */
function numbers({ draft, facts, buyer, subject }: CheckInput): Match[] {
  const { words, normalized } = draft;
  return words.flatMap(({ text, start, end }, at) => {
    if (!/\d/u.test(text) || isKnown(text)) return [];
    const opensLine =
      /(?:^|\n)$/u.test(normalized.text.slice(Math.max(start - 1, 0), start)) &&
      /^[.)] /u.test(normalized.text.slice(end, end + 2));
    const isStars =
      Number(text) === subject.rating &&
      /^(?:звезд|балл|из|★|⭐|оцен)/u.test(words[at + 1]?.text ?? normalized.text.slice(end, end + 1));
    return opensLine || isStars || text.length > 40 ? [] : [{ first: at, last: at }];
  });

  function isKnown(text: string): boolean {
    if (facts.hasExactly(text) || buyer.at.has(text)) return true;
    const digits = /\d+/u.exec(text)?.[0] ?? text;
    return (
      text !== digits &&
      (facts.hasExactly(digits) || buyer.at.has(digits)) &&
      /^\d+(?:й|го|м|му|ый|ая|ое|х|см|мм|кг|г|мл|л|шт|р|руб|%)$/u.test(text)
    );
  }
}

/** «Два года», «через неделю». */
function spelled({ draft, facts, buyer }: CheckInput): Match[] {
  return draft.words.flatMap(({ text }, at) => {
    const next = draft.words[at + 1];
    if (next === undefined || !fits(text, numeral) || !fits(next.text, unit)) return [];
    const isKnown =
      (facts.hasExactly(text) || buyer.at.has(text)) && (facts.has(next.text) || buyer.at.has(next.text));
    return isKnown ? [] : [{ first: at, last: at + 1 }];
  });
}

function dates({ draft, facts, buyer }: CheckInput): Match[] {
  return draft.words.flatMap(({ text }, at) => {
    const before = draft.words[at - 1]?.text ?? "";
    const isDate =
      fits(text, month) &&
      (/^(?:в|к|до|с|конце|концу|начале|середине|после)$/u.test(before) || /^\d{1,2}$/u.test(before));
    const isSpan = before === "через" && /^(?:недел|месяц|год|час|день|сутки)/u.test(text);
    return (isDate || isSpan) && !facts.has(text) && !buyer.at.has(text) ? [{ first: at - 1, last: at }] : [];
  });
}
