import type { Finding, Rule } from "../finding.ts";

const flat =
  /(?<!\p{L})(?:кв(?:-?ра|артир[аыеу]|артиры)?|апарт(?:аменты)?)\.?[ \t]*(?:№|номер|:)?[ \t]*[0-9]{1,4}[а-гa-d]?(?![\p{L}\p{N}])(?![ \t]*(?:кв(?:\.|адрат)|м(?:\.|²|2|етр|$|[ ,;!?])|тыс|руб|год|лет|месяц|комнат))/giu;
const english =
  /(?<!\p{L})(?:apt|apartment|flat)\.?[ \t]*(?:no\.?|#)?[ \t]*[0-9]{1,4}[a-d]?(?![\p{L}\p{N}])/giu;
const streetWord = String.raw`(?:ул(?:ица|ице|ицу|ицы)?|пр(?:оспект[уае]?|-т|-кт|осп)?|пер(?:еул(?:ок|ка|ке))?|ш(?:оссе)?|наб(?:ережн\p{L}+)?|б(?:ульвар[ае]?|-р)|бул|пл(?:ощад[ьи])?|проезд[ае]?|мкр|мкрн|микрорайон[ае]?|тупик|аллея|квартал|жк|пос(?:[её]л(?:ок|ке))?|село|дер(?:евня)?)`;
/** Possible beginnings of an address: a postal code, a region, a town, a street, or a house's number after a name. */
const beginnings = [
  /(?<![0-9])[0-9]{6}(?![0-9])/u,
  /(?<!\p{L})(?:г|гор|город|обл|область|край|республика|р-н|район)\.?[ \t]+\p{Lu}/u,
  new RegExp(String.raw`(?<![\p{L}])${streetWord}(?:\.|[ \t])[ \t]*[\p{L}\p{N}]`, "iu"),
  /(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}-]+|\p{Ll}+(?:ая|яя|ий|ый|ой|ом))[ \t]+(?:ул(?:ица|ице)?|пр(?:оспект|-т)|пер(?:еулок)?|шоссе|б-р|бульвар|наб(?:ережная)?|площад[ьи]|проезд)(?!\p{L})/u,
  /(?<!\p{L})\p{Lu}[\p{L}-]+,?[ \t]+(?:д(?:ом)?\.?[ \t]*)?[0-9]{1,4}[а-я]?(?![\p{L}\p{N}])/u,
  /(?<!\p{L})(?:дом|д)\.?[ \t]*[0-9]{1,4}/iu,
  /(?<!\p{L})[0-9]{1,5}[ \t]+\p{L}[\p{L} ]{2,30}(?:st|street|ave|avenue|road|rd|lane)(?!\p{L})/iu,
  /(?<!\p{L})\p{L}{3,30}[ \t]+(?:st|street|ave|avenue|road|rd|lane)\.?[ \t,]+[0-9]{1,5}/iu,
];
const housed = new RegExp(
  String.raw`(?<!\p{L})${streetWord}(?:\.|[ \t])[ \t]*\p{L}[\p{L}-]*(?:[ \t]\p{L}[\p{L}-]*){0,2},?[ \t]*(?:д(?:ом)?\.?[ \t]*)?[0-9]{1,4}[а-я]?(?:[ \t,]*(?:к|корп|корпус|стр|строение)\.?[ \t]*[0-9]{1,3})?[ \t]*-[ \t]*[0-9]{1,4}(?![\p{L}\p{N}.,:]|[ \t]*(?:этаж|час|дн|минут|руб|шт))`,
  "giu",
);
const town = /(?<!\p{L})\p{Lu}[\p{L}-]+(?:[ \t]обл(?:асть|\.)?)?,[ \t]*$/u;
const tail =
  /^(?:,?[ \t]*(?:(?:подъезд|под|этаж|эт|домофон|код домофона|код|вход)\.?[ \t]*[0-9]{1,4}[#*0-9]{0,5}|[0-9]{1,2}[ \t](?:подъезд|этаж)))+/iu;
const farthest = 140;

/** Finds addresses of flats. A street or a house alone, such as a pick-up point, does not count. */
export const address: Rule = ({ text }) => [
  ...[...text.matchAll(flat), ...text.matchAll(english)].flatMap((match) => {
    const start = beginning(text, match.index);
    return start === null ? [] : [finding(text, start, match.index + match[0].length)];
  }),
  ...[...text.matchAll(housed)].map((match) => finding(text, match.index, match.index + match[0].length)),
];

/** The beginning of a flat's address; null if nothing before the flat looks like one. */
function beginning(text: string, flatAt: number): number | null {
  const from = Math.max(0, flatAt - farthest);
  const slice = text.slice(from, flatAt);
  // A finished sentence or line is no part of the address; "ул. Ленина" is not finished.
  const ended = [...slice.matchAll(/[!?\n;]|\p{Ll}{4,}\.[ \t]+(?=\p{Lu}\p{Ll}{3,}(?![ \t]*[0-9,]))/gu)].at(
    -1,
  );
  const offset = ended === undefined ? 0 : ended.index + ended[0].length;
  const near = slice.slice(offset);
  const places = beginnings.flatMap((pattern) => near.match(pattern)?.index ?? []);
  if (places.length === 0) return null;
  const start = from + offset + Math.min(...places);
  const before = text.slice(Math.max(0, start - 40), start);
  return start - (before.match(town)?.[0].length ?? 0);
}

function finding(text: string, from: number, to: number): Finding {
  const end = to + (text.slice(to, to + 60).match(tail)?.[0].length ?? 0);
  const key = text
    .slice(from, end)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  return { kind: "address", start: from, end, key };
}
