import type { CheckInput } from "../check-input.ts";
import { complaints } from "../complaints.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isConditional, isNegated } from "../text/negation.ts";
import { type Match, phrases } from "../text/phrases.ts";

const joy = phrases([
  "(рады|рад|рада|приятно|счастливы|здорово|замечательно|прекрасно|чудесно|отлично|радует|радостно|восхитительно|супер|ура|довольны|восторге|гордимся|приятна|классно) ..4 (понравил*|нравится|доволен|довольны|довольна|порадовал*|подош(ел|ла|ло|ли)|пришл(ся|ась|ось|ись)|оправдал*|устроил*|угодили|оценили|пригодил*|удачн*|впечатлен(|а|ы)|радует|радуют|служит|восторг*|удовольстви*)",
  "(рады|рад|рада|приятно|счастливы|здорово|замечательно|прекрасно|отлично) ..2 (читать|слышать|видеть|узнать|получать) ..3 (тако*|отзыв*|слова|оценк*|отклик*|впечатлени*)",
  "за ..2 (высок*|отличн*|прекрасн*|замечательн*|максимальн*|хорош*|высш*|теплы*|добр(ые|ый)|положительн*|лестн*|позитивн*) ..2 (оценк*|балл*|отзыв*|слова|рейтинг*|отклик*|впечатлен*|мнение)",
  "(за|на) ..1 (5|пять|пятерк*|четыре|4) ..1 (звезд*|балл*|оценк*)",
  "(носить|пользоваться|носите|пользуйтесь|пользуйся|играйте|наслаждайтесь|готовьте|читайте) ..2 (с|на) ..1 (удовольстви*|здоровь*|радост*)",
  "(пусть|пускай|надеемся) ..4 (радует|радуют|служит|служат|порадует|прослужит|принесет|дарит|согревает)",
  "(наслаждайтесь|поздравляем)",
  "(happy|glad|delighted|pleased) ..4 (like|liked|love|loved|enjoy|enjoyed|satisfied)",
  "(high|five|great|kind) ..1 (rating|stars|review)",
]);

const sympathy = phrases([
  "(жаль|сожалеем|сожалею|сожалением|досадно|обидно|прискорбно|огорчены|расстроены|огорчает|огорчило|расстроило|печально|неприятно|опечалены)",
  "(сочувству*|извините|извиняемся|простите|извинения|извинений|прощения|соболезнуем)",
  "(понимаем|понятно|разделяем) ..2 (ваш*|как) ..3 (огорчени*|разочаровани*|недовольств*|расстройств*|досад*|возмущени*|негодовани*|неприятно|досадно|обидно|чувства|злость|раздражени*|расстроен*)",
  "(разочаровал*|огорчил*|расстроил*|подвел*|подвела) ..1 вас",
  "вас ..2 (разочаровал*|огорчил*|расстроил*|подвел*|подвела)",
  "не ..1 оправдал* ..1 (ожидани*|надежд*|ваш*)",
  "вам ..1 не ..1 (понравил*|подош*)",
  "(sorry|regret|apologize|apologies|unfortunate*|disappointed|disappointing)",
]);

export const sentimentMismatch: Rule = {
  code: "sentiment_mismatch",
  message: "Тон не тот: радость при плохой оценке или сожаление при высшей.",
  find: (on) => {
    const mood = moodOf(on);
    if (mood === "bad") return spansOf(on, joy(on.draft), (match) => isTurned(on, match));
    if (mood === "good") return spansOf(on, sympathy(on.draft), (match) => isNegated(on.draft, match));
    return [];
  },
};

function isTurned({ draft }: CheckInput, match: Match): boolean {
  const { words } = draft;
  const said = words.slice(match.first, match.last + 1);
  const isBroken = said.some(({ text }) => text === "не") || words[match.last + 1]?.text === "не";
  return (
    isBroken ||
    isNegated(draft, match) ||
    isConditional(draft, match) ||
    /^(?:будем|бы)$/u.test(words[match.first - 1]?.text ?? "")
  );
}

/** The buyer's mood: by a review's stars; in a chat by the buyer's texts. */
function moodOf({ subject, buyer }: CheckInput): "good" | "bad" | "mixed" {
  if (subject.rating !== null) return subject.rating <= 2 ? "bad" : subject.rating >= 5 ? "good" : "mixed";
  if (subject.channel !== "chat") return "mixed";
  if (complaints(buyer).some((match) => !isNegated(buyer, match))) return "bad";
  return isThanks(subject.buyerTexts.at(-1) ?? "") ? "good" : "mixed";
}

const thanks = /спасибо|благодар|отличн|супер|класс|понравил|довольн|подошл|подошел|подошёл|thank/iu;
const doubt = /[?]|(?<!\p{L})(?:но|не|нет|жаль|увы|мал|велик|плох|ужас|проблем|помогите|верн|обмен)/iu;
const isThanks = (text: string): boolean =>
  thanks.test(text.slice(0, 2_000)) && !doubt.test(text.slice(0, 2_000));
