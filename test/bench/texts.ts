/** A pseudo-random number generator (mulberry32): the same seed gives the same rows in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const things = [
  "куртка",
  "сковорода",
  "лампа",
  "футболка",
  "чайник",
  "рюкзак",
  "кроссовки",
  "плед",
  "термос",
  "игрушка",
];

const phrases = {
  pleased: [
    "Заказывала уже второй раз, всё понравилось",
    "{thing} отличная, качество на высоте",
    "Пришло быстро, упаковано хорошо",
    "Соответствует описанию и фото на карточке",
    "Ребёнок в восторге, носит каждый день",
    "Спасибо продавцу за подарок в посылке",
    "Цвет насыщенный, швы ровные, ниток нет",
    "За свои деньги очень достойная вещь",
    "Рекомендую к покупке, не пожалеете",
  ],
  displeased: [
    "Пришла с браком, шов разошёлся в первый день",
    "{thing} сломалась через неделю, перестала включаться",
    "Размер не соответствует, маломерит на два",
    "Положили не тот цвет, заказывали чёрный",
    "Запах стоит такой, что проветривали три дня",
    "Похоже на подделку, логотип кривой",
    "На коже появилось раздражение после первого дня",
    "Упаковка вскрыта, внутри не хватает деталей",
    "Очень разочарована, деньги на ветер",
  ],
  asking: [
    "Здравствуйте, подскажите, пожалуйста",
    "какой размер взять на рост сто семьдесят",
    "Когда появится в наличии {thing} синего цвета",
    "Подойдёт ли для ребёнка трёх лет",
    "Где мой заказ, статус не меняется пятый день",
    "Можно ли стирать в машинке при сорока градусах",
    "Из какого материала сделана подкладка",
    "Хочу отменить заказ, ещё не отправили",
    "Сколько весит в упаковке",
  ],
} as const;

/** A buyer's text of 80 to 200 characters, put together from phrases as buyers write them. */
export function buyerText(random: () => number, mood: keyof typeof phrases): string {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] as string;
  const wanted = 80 + random() * 90;
  const used = new Set<string>();
  let text = "";
  while (text.length < wanted && used.size < phrases[mood].length) {
    const phrase = pick(phrases[mood]);
    if (used.has(phrase)) continue;
    used.add(phrase);
    text += `${text ? ". " : ""}${phrase.replace("{thing}", pick(things))}`;
  }
  return `${text.slice(0, 197)}${pick([".", "!", "...", "?"])}`;
}
