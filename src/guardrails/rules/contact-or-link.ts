import type { Span } from "../check-input.ts";
import { digitsOf, findPattern, ownText } from "../find-pattern.ts";
import { mentionsOf, rowsOwn } from "../marketplaces.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isNegated } from "../text/negation.ts";
import { phrases } from "../text/phrases.ts";

const tld =
  "ru|рф|рус|com|su|net|org|shop|store|io|me|online|site|club|info|by|kz|uz|pro|market|top|xyz|ly|link|app|biz|cc|gg|tv|website|space|онлайн|сайт|example|dev|us|de|uk|cn|ua|am|ge|kg";
const addresses = [
  /(?:h[tx]{2}ps?|ftp|tg|viber|whatsapp):\/{0,2}\S{1,200}/gu,
  /(?<![\p{L}\p{N}])www\.\S{1,200}/gu,
  new RegExp(
    String.raw`(?<![\p{L}\p{N}_.@-])[\p{L}\p{N}][\p{L}\p{N}_-]{0,40}(?:\.[\p{L}\p{N}_-]{1,30}){0,3}\.(?:${tld})(?![\p{L}\p{N}_])(?:\/\S{0,200})?`,
    "gu",
  ),
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64} ?@ ?[\p{L}\p{N}-]{1,40}(?: ?\. ?[\p{L}\p{N}-]{1,30}){1,3}/gu,
  /(?<![\p{L}\p{N}._%+-])@[a-z0-9_.]{3,30}/gu,
  /(?<![\p{L}\p{N}_])[\p{L}\p{N}_-]{2,40} ?["([{]?(?:\.|точка|тчк|dot)[")\]}]? ?(?:ру|ком|рф|орг|ru|com|net|org|su)(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])[\p{L}\p{N}_-]{2,40} ?(?:\(at\)|\[at\]|собака|сабака) ?[\p{L}\p{N}_-]{2,40}(?: ?(?:\.|точка) ?[\p{L}]{2,6})?/gu,
];

/** Every address contains one of these; a text without them is not searched. */
const addressHint =
  /\.[a-zа-я]|:\/|www|@|точка|тчк|dot|[сc]обака|сабака|[([]at[)\]]|(?:\.|viber:|whatsapp:) ?(?:ру|ком|рф|орг|ru|com|net|org|su)/u;
const phoneHint = /\d(?:[ \-().]{0,2}\d){6}/u;

const phones = [
  /(?<![\p{L}\p{N}])(?:\+? ?7|8)[ \-(.]{0,2}\d{3}(?:[ \-).]{0,2}\d){7}(?!\d)/gu,
  /(?<![\p{L}\p{N}])\(?9\d{2}\)?[ \-.]{0,2}\d{3}[ \-.]?\d{2}[ \-.]?\d{2}(?!\d)/gu,
  /\+ ?\d(?:[ \-().]{0,2}\d){8,14}(?!\d)/gu,
  /\(\d{3,5}\) ?\d{1,3}[ -]?\d{2}[ -]?\d{2}(?!\d)/gu,
];

const messenger =
  "(телеграм*|телеграмм*|телега|телегу|телеге|тг|тгк|telegram*|ватсап*|вотсап*|вацап*|вотсапп*|ватцап*|whatsapp*|whats|вайбер*|viber*|скайп*|skype|инстаграм*|инста|инсту|инсте|instagram*|вконтакте|вк|vk|facebook*|фейсбук*|тикток*|tiktok*|ютуб*|youtube*|дискорд*|discord*|мессенджер*|директ|qr|куар*|соцсет*|инстаграмм*|рутуб*|имо|wechat|вичат*|e-mail|email|имейл*|емейл*|мейл*)";
const invites = phrases([
  messenger,
  "(qr|куар) ..1 код*",
  "(одноклассник(и|ах)|контакте|дзен(|е)) ..1 (группа|страниц*|канал*|найдите|ищите|пишите)",
  "(группа|страниц*|канал*|пишите|найдите|ищите) ..3 (одноклассник*|контакте|дзене)",
  "соц* сет*",
  "(в|на) (личку|лс|директ|дм)",
  "(позвоните|звоните|звонить|позвонить|перезвоните|наберите|звякните|дозвониться)",
  "(по|наш*|контактн*|на|номер) ..1 (телефон(у|ам|)|номер(у|)) ..2 (телефон*|горяч*|связи|колл*|магазин*)?",
  "(телефон|номер) ..1 (магазина|продавца|отдела|поддержки|офиса|менеджера)",
  "(кол|колл|call) центр*",
  "(горячая|горячую|горячей) лини*",
  "(электронн*|эл) ..1 (почт*|адрес*|письм*)",
  "(на|по) ..2 почт(у|е|ой)",
  "(наша|наш|нашу|корпоративн*) почт*",
  "почта (магазина|для|продавца|бренда)",
  "(по|перейдите|переходите|наша|наш*|ваша|эта|вот|ниже|жми*|пройдите|кликните|открыть) ..2 ссылк(е|а|у|и|ой)",
  "ссылк(а|у|е|ой|и) ..2 (в|ниже|на|для|тут|здесь|вот)",
  "(на|через) ..1 (наш*|официальн*|фирменн*) ..1 сайт*",
  "(зайдите|заходите|загляните|смотрите|закажите|купите|перейдите|переходите|найдете|найдите|пишите|оформите|оформляйте) ..3 сайт(е||а)",
  "(на|через) сайт(|е|а) ..1 (магазин*|бренд*|производител*|компани*|продавц*)",
  "сайт ..1 (магазин*|бренд*|производител*|компани*)",
  "(приезжайте|приходите|заходите|ждем|загляните|приглашаем|посетите|самовывоз) ..3 (магазин*|шоурум*|салон*|офис*|бутик*|точк*|склад*|адрес*)",
  "(розничн*|офлайн|оффлайн|фирменн*|соседн*|другом|других) ..1 магазин*",
  "(шоурум*|шоу-рум*)",
  "(леруа|мвидео|днс|ашан|пятерочк*|спортмастер*|икеа|эльдорадо|ситилинк*|dns)",
  "(подпишитесь|подписывайтесь|подписка|вступайте)",
  "(напрямую|минуя) ..2 (маркетплейс*|wildberries|ozon|вб|площадк*|нас|продавц*|магазин*)",
  "(купить|закажите|заказать|покупайте|оформить|купите) ..2 (напрямую|мимо|минуя)",
  "(call|text|phone|dm) (us|me)",
  "(visit|check) ..1 (our|my) ..2 (website|site|shop|page|channel)",
]);

const trade =
  /^(?:у|нас|наш\p{L}*|куп\p{L}*|закаж\p{L}*|заказ\p{L}*|найд\p{L}*|заход\p{L}*|ищите|также|тоже|есть|дешевле|приобре\p{L}*|доступн\p{L}*|представлен\p{L}*|смотрите|продается|buy|find)$/u;

export const contactOrLink: Rule = {
  code: "contact_or_link",
  message: "Ссылка, контакт или другой магазин: маркетплейс такое блокирует. Оставьте чат с продавцом.",
  find: (on) => {
    const own = ownText(on);
    const { words } = on.draft;
    const isOwn = (text: string): boolean => own.includes(text.trim());
    const isOwnPhone = (text: string): boolean => digitsOf(own).includes(digitsOf(text).slice(-10));
    const { text: normalized } = on.draft.normalized;
    const spans: Span[] = [
      ...(addressHint.test(normalized) ? addresses : []).flatMap((pattern) =>
        findPattern(on, pattern, isOwn),
      ),
      ...(phoneHint.test(normalized) ? phones : []).flatMap((pattern) =>
        findPattern(on, pattern, (text) => isOwnPhone(text) || isGivenNumber(text)),
      ),
      ...spansOf(
        on,
        invites(on.draft),
        (match) => isFine(match.first, match.last) || isNegated(on.draft, match),
      ),
      ...spansOf(on, spelledPhones()),
    ];
    const row = rowsOwn(on.subject.marketplace);
    const elsewhere = mentionsOf(on).filter(
      ({ name, first }) => row !== null && name !== row && (name === "avito" || isTraded(first)),
    );
    return [...spans, ...spansOf(on, elsewhere)];

    function isGivenNumber(text: string): boolean {
      return on.facts.hasExactly(digitsOf(text));
    }

    /** The product's own words are facts, and the seller's own rules may name contacts. */
    function isFine(first: number, last: number): boolean {
      const said = words.slice(first, last + 1);
      if (said.every(({ text }) => on.facts.has(text))) return true;
      if (
        /^(?:по|на)$/u.test(said[0]?.text ?? "") &&
        said.at(-1)?.text === "почту" &&
        words[last + 1]?.text === "россии"
      )
        return true;
      const next = words.slice(last + 1, last + 3).map(({ text }) => text);
      return (
        said.some(({ text }) => /^сайт/u.test(text)) &&
        [...said.map(({ text }) => text), ...next].some((word) =>
          /^(?:wildberries|вайлдберриз|вб|wb|ozon|озон|маркетплейс|яндекс)/u.test(word),
        )
      );
    }

    function isTraded(at: number): boolean {
      const own = words[at]?.sentence;
      return words
        .slice(Math.max(at - 8, 0), at + 6)
        .some(({ text, sentence }) => sentence === own && trade.test(text));
    }

    function spelledPhones(): { first: number; last: number }[] {
      const runs: { first: number; last: number }[] = [];
      for (let at = 0; at < words.length; at += 1) {
        const first = at;
        while (spelledNumber.test(words[at]?.text ?? "")) at += 1;
        if (at - first >= 5 && words.slice(first, at).filter(({ text }) => !/^\d/u.test(text)).length >= 3)
          runs.push({ first, last: at - 1 });
      }
      return runs;
    }
  },
};

const spelledNumber =
  /^(?:плюс|ноль|нуль|од(?:ин|на)|дв[ае]|три|четыре|пять|шесть|семь|восемь|девять|десять|\p{L}{2,8}надцать|(?:два|три)дцать|сорок|(?:пять|шесть|семь|восемь)десят|девяносто|сто|двести|(?:три|четыре)ста|\p{L}{3,6}сот|\d{1,3})$/u;
