import type { AttachOptions, Inspection, ReportLine } from "../facts.ts";
import { type Relation, shown } from "../names.ts";
import { findSettings, holdsSettings } from "./side-tables.ts";

/** Where predraft keeps settings for a host that has no table of them. */
export const ownSettings: Relation = { schema: "predraft", name: "runtime_settings" };

/** Which table the settings are read from. */
export function judgeSettings(
  inspection: Inspection,
  options: AttachOptions,
): { table: Relation; line: ReportLine } {
  const line = (level: ReportLine["level"], text: string): ReportLine => ({
    level,
    subject: "settings",
    text,
  });
  const table = findSettings(inspection.others, options);
  if (!table) {
    return options.settings
      ? { table: ownSettings, line: line("problem", `there is no table ${shown(options.settings)}`) }
      : {
          table: ownSettings,
          line: line(
            "note",
            "the host has no runtime_settings: predraft makes one of its own, predraft.runtime_settings(key, value)",
          ),
        };
  }
  const home = { schema: table.schema, name: table.name };
  if (!holdsSettings(table)) {
    const text = `${shown(table)} has no columns key and value`;
    return {
      table: ownSettings,
      line: line(
        options.settings ? "problem" : "warning",
        `${text}: predraft makes a table of its own, predraft.runtime_settings`,
      ),
    };
  }
  const lacking = (["usage", "select", "trigger"] as const).filter((right) => !table.rights[right]);
  if (lacking.length > 0)
    return { table: home, line: line("problem", `no right to ${lacking.join(", ")} on ${shown(table)}`) };
  const ours = Object.keys(inspection.settings?.ours ?? {});
  return {
    table: home,
    line: line(
      "ok",
      `${shown(table)}${ours.length > 0 ? `, which holds ${ours.join(", ")}` : "; none of predraft's keys is there: defaults act"}`,
    ),
  };
}

/** Which settings hold a seller's tone. */
export function judgeVoice(inspection: Inspection): { prefix: string | null; line: ReportLine } {
  const found = Object.entries(inspection.settings?.sellerPrefixes ?? {}).toSorted(
    ([a, n], [b, m]) => Number(/ai/.test(b)) - Number(/ai/.test(a)) || m - n,
  );
  const prefix = found.find(([name]) => /setting|tone|voice|ai/i.test(name))?.[0] ?? null;
  return {
    prefix,
    line: {
      level: prefix === null ? "note" : "ok",
      subject: "tone",
      text:
        prefix === null
          ? "no settings by seller found: every seller is neutral until predraft.seller_settings says otherwise"
          : `${prefix}<seller> of the settings`,
    },
  };
}
