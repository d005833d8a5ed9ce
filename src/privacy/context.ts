/** Up to `most` characters before a place. */
const before = (text: string, at: number, most: number): string => text.slice(Math.max(0, at - most), at);

const article =
  /(?<!\p{L})(?:артикул\p{L}*|арт|art|nm|нм|sku|код\p{L}* (?:товара|модели)|модел\p{L}+|штрих-?код\p{L}*|баркод\p{L}*|партии|парти[яю])\.?\s*(?:wb|вб|товара)?\s*[№#:-]?\s*$/iu;

/** Tells whether the words before a number call it an article, a bar code or the like. */
export const isArticle = (text: string, at: number): boolean => article.test(before(text, at, 40));

const unit =
  /^\s?(?:руб|р(?!\p{L})|₽|коп|шт|кг|г(?!\p{L})|гр(?!\p{L})|мг|мл|л(?!\p{L})|см|мм|м(?!\p{L})|км|%|тыс|млн|ден(?!\p{L})|мач|mah|вт|об|лет|год|раз(?!\p{L})|дн|час|мин|сек|баллов|бонус)/iu;

/** Tells whether the unit after a number makes it an amount. */
export const isAmount = (text: string, end: number): boolean => unit.test(text.slice(end, end + 12));

/** Tells whether a pattern ends right before this place; looks back 60 characters. */
export const follows = (text: string, at: number, words: RegExp): boolean => words.test(before(text, at, 60));

/** Escapes a text for a regular expression that matches exactly this text. */
export const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
