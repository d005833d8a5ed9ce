import type { CanonicalColumn } from "../../../db/host/mapping.ts";
import { channelWords, openStatuses, priorityWords } from "../../../db/host/words.ts";
import type { AttachOptions, Doubt, Inspection, ReportLine, SampledValues } from "../facts.ts";

/** The canonical columns whose values predraft understands by word. */
const wordColumns = ["channel", "status", "priority"] as const;
export type WordColumn = (typeof wordColumns)[number];

/** What predraft acts on. Of statuses it is `responded` alone; the open ones are known to mean that nobody has answered. */
const ours: Readonly<Record<WordColumn, readonly string[]>> = {
  channel: channelWords,
  status: ["responded", ...openStatuses],
  priority: priorityWords,
};

type Words = Readonly<Record<string, string>>;

/** What is known of the words in one column. */
export interface Vocabulary {
  /** For the mapping: the host's words in lower case for ours; undefined if values are read exactly as they are. */
  readonly words: Words | undefined;
  /** Values that mean nothing to predraft, with the rows of the sample, and how many of these would be drafted. */
  readonly unmapped: readonly { readonly value: string; readonly rows: number; readonly drafted: number }[];
  readonly lines: readonly ReportLine[];
}

/** Letters of ASCII in lower case, as the views and triggers fold them. */
const foldWord = (word: string): string => word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** The operator's words as the mapping keeps them. */
export const foldedWords = (given: Words): Words =>
  Object.fromEntries(Object.entries(given).map(([theirs, word]) => [foldWord(theirs), word]));

/** What each of the columns holds, and what a person should know of it. */
export function judgeWords(
  inspection: Inspection,
  options: AttachOptions,
  columns: Readonly<Record<CanonicalColumn, { readonly column: string | null }>>,
): Record<WordColumn, Vocabulary> {
  const words = Object.fromEntries(
    wordColumns.map((column) => [column, wordsOf(inspection, options, column, columns[column].column)]),
  ) as Record<WordColumn, Words | undefined>;
  const judged = wordColumns.map((column) => {
    const unmapped = unmappedOf(inspection, column, columns[column].column, words);
    return [
      column,
      { words: words[column], unmapped, lines: linesOf(column, words[column], unmapped, options) },
    ];
  });
  return Object.fromEntries(judged) as Record<WordColumn, Vocabulary>;
}

/** Columns that are read in any case: those with words of their own, and those not seen to hold ours in lower case only. */
function wordsOf(
  inspection: Inspection,
  options: AttachOptions,
  column: WordColumn,
  actual: string | null,
): Words | undefined {
  const given = options.values?.[column];
  if (given !== undefined) return foldedWords(given);
  if (options.constants?.[column] !== undefined) return undefined;
  if (actual === null && options.expressions?.[column] === undefined) return undefined;
  const seen = valuesOf(inspection, column, actual);
  const plain = seen.length > 0 && seen.every((value) => foldWord(value) === value);
  return plain ? undefined : {};
}

/** The values of a column: all of an enumeration's, else those of the sample. */
function valuesOf({ table, sample }: Inspection, column: WordColumn, actual: string | null): string[] {
  const labels = table.columns.find(({ name }) => name === actual)?.labels ?? [];
  return [...new Set([...labels, ...sample.values.flatMap((row) => row[column] ?? [])])];
}

const known = (column: WordColumn, word: string): boolean => ours[column].includes(word);

/** A value in our words, or folded if it has none; as it is if nothing is translated. */
export function translate(words: Words | undefined, value: string): string {
  if (words === undefined) return value;
  const folded = foldWord(value);
  return Object.hasOwn(words, folded) ? (words[folded] as string) : folded;
}

function unmappedOf(
  inspection: Inspection,
  column: WordColumn,
  actual: string | null,
  words: Record<WordColumn, Words | undefined>,
): Vocabulary["unmapped"] {
  const answered = ({ status }: SampledValues): boolean =>
    status !== null && translate(words.status, status) === "responded";
  return valuesOf(inspection, column, actual)
    .filter((value) => {
      const named = words[column] !== undefined && Object.hasOwn(words[column], foldWord(value));
      return !named && !known(column, translate(words[column], value));
    })
    .map((value) => {
      const rows = inspection.sample.values.filter((row) => row[column] === value);
      return {
        value,
        rows: rows.reduce((sum, row) => sum + row.rows, 0),
        drafted: rows.reduce((sum, row) => sum + (answered(row) ? 0 : row.needing), 0),
      };
    })
    .toSorted((a, b) => b.rows - a.rows);
}

function linesOf(
  column: WordColumn,
  words: Words | undefined,
  unmapped: Vocabulary["unmapped"],
  options: AttachOptions,
): ReportLine[] {
  const wrong = Object.entries(options.values?.[column] ?? {}).filter(([, word]) => !known(column, word));
  const problems = wrong.map(
    ([theirs, word]): ReportLine => ({
      level: "problem",
      subject: column,
      text: `--value ${column}:${theirs}=${word}: predraft knows ${expected(column)}`,
    }),
  );
  const named = Object.entries(words ?? {}).map(([theirs, word]) => `${theirs} as ${word}`);
  return [
    ...problems,
    ...(named.length > 0 ? [line("ok", column, `reads ${named.join(", ")}`)] : []),
    ...(unmapped.length > 0 ? [line("warning", column, `${counted(unmapped)}: ${meaning[column]}`)] : []),
  ];
}

const line = (level: ReportLine["level"], subject: string, text: string): ReportLine => ({
  level,
  subject,
  text,
});

const expected = (column: WordColumn): string =>
  column === "status" ? "responded, and open for all else" : ours[column].join(", ");

const meaning: Readonly<Record<WordColumn, string>> = {
  channel: "what is neither review, question nor chat is answered as a chat",
  status:
    'only "responded" counts as answered; rows of any other status are drafted while needs_response is true',
  priority: "values other than urgent, high, normal and low are left to predraft's rules",
};

const counted = (unmapped: Vocabulary["unmapped"]): string =>
  `holds ${unmapped
    .slice(0, 8)
    .map(({ value, rows }) => `${value} (${rows})`)
    .join(", ")}${unmapped.length > 8 ? ` and ${unmapped.length - 8} more` : ""}`;

/** Values nobody has put into predraft's words, and of which rows would be drafted now. A priority is a matter of order only. */
export function valueDoubts(vocabularies: Record<WordColumn, Vocabulary>): Doubt[] {
  return (["channel", "status"] as const).flatMap((column) => {
    const drafted = vocabularies[column].unmapped.filter((value) => value.drafted > 0);
    const first = drafted[0];
    if (first === undefined) return [];
    const values = drafted.map(({ value, drafted: rows }) => `${value} (${rows} to draft)`).join(", ");
    return [
      {
        text: `${column} holds ${values}, which nobody has put into predraft's words`,
        option: `--value ${column}:${first.value}=${column === "status" ? "responded (or =open)" : "review (or =question, =chat)"}`,
        mayWait: true,
      },
    ];
  });
}
