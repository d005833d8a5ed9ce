const letters = "abcdefghijklmnop";

/** A number in letters alone: masking of phones, cards and the like leaves it as it is. */
export const spelled = (n: number): string =>
  [...n.toString(16)].map((digit) => letters[Number.parseInt(digit, 16)]).join("");

const consonants = "бвгджзклмнпрстфх";

/** A number in Cyrillic consonants: no word of any language, and nothing that a guardrail could take for one. */
export const mumbled = (n: number): string =>
  [...n.toString(16)].map((digit) => consonants[Number.parseInt(digit, 16)]).join("");

/** What no other content of any interaction holds: it tells the version that a call was for. */
export const markerOf = (k: number, version: number): string => `метка-${spelled(k)}-${spelled(version)}`;

/** The marker of the buyer's latest words in a prompt; undefined where there is none. */
export const markerIn = (prompt: string): string | undefined => prompt.match(/метка-[a-p]+-[a-p]+/g)?.at(-1);

/** The interaction that a marker belongs to. */
export const interactionOf = (marker: string): string => marker.split("-")[1] as string;

const channels = ["question", "review", "question", "chat", "review"] as const;
const often = ["normal", "normal", "normal", "normal", "normal"] as const;
/** null: predraft's rules decide. */
export const priorities = ["urgent", "high", "high", ...often, null, "low"] as const;

/** Channel, seller and the rest of the k-th interaction: the same in every run. */
export const channelOf = (k: number) => channels[k % channels.length] as (typeof channels)[number];
export const sellerOf = (k: number, sellers: number): number => 1 + (Math.floor(k / 7) % sellers);
export const externalId = (k: number): string => `k-${k}`;
/** A review without words: its draft is final without a model. */
export const isWordless = (k: number): boolean => channelOf(k) === "review" && k % 3 === 0;

/** What a buyer says in a version. A review's stars belong to the version: a marker names one content. */
export function contentOf(k: number, version: number): { text: string | null; rating: number | null } {
  const rating = channelOf(k) === "review" ? 1 + ((k + version) % 5) : null;
  return {
    rating,
    text: isWordless(k) ? null : `Здравствуйте! Подскажите, пожалуйста. ${markerOf(k, version)}`,
  };
}

/** The k-th interaction as an ingest sends it. */
export function rowOf(k: number, version: number, sellers: number) {
  return {
    seller_id: sellerOf(k, sellers),
    channel: channelOf(k),
    external_id: externalId(k),
    ...contentOf(k, version),
    priority: priorities[(k * 7) % priorities.length] ?? null,
    age_seconds: (k * 37) % 86_400,
    extra_data: k % 3 === 0 ? { source: "api", n: k } : null,
  };
}
