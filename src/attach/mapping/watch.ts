import type { HostMapping } from "../../../db/host/mapping.ts";
import type { AttachOptions, Inspection, ReportLine } from "../facts.ts";
import { shown } from "../names.ts";

type Messages = HostMapping["messages"];

/** The messages as they are mapped, watched where the operator wants it. */
export const watched = (messages: Messages, options: AttachOptions): Messages =>
  messages !== null && options.watchMessages ? { ...messages, watch: true } : messages;

/** What the report says of watching: nothing where there are no messages and nobody asked. */
export function watchLine(
  { others }: Inspection,
  options: AttachOptions,
  messages: Messages,
): readonly ReportLine[] {
  const line = (level: ReportLine["level"], text: string): ReportLine[] => [
    { level, subject: "watch", text },
  ];
  if (!options.watchMessages) {
    return messages === null
      ? []
      : line(
          "note",
          "a buyer's line counts when it shows in the interaction; --watch-messages sees it at once",
        );
  }
  if (messages === null)
    return line("problem", "--watch-messages: there are no messages to watch (--messages schema.table)");
  const table = others.find(
    ({ schema, name }) => schema === messages.table.schema && name === messages.table.name,
  );
  if (table !== undefined && table.kind !== "r" && table.kind !== "p")
    return line("problem", `--watch-messages: ${shown(table)} is no table, and carries no trigger`);
  if (table?.rights.trigger === false)
    return line("problem", `--watch-messages: no right to put a trigger on ${shown(table)}`);
  return line("ok", `a trigger on ${shown(messages.table)} marks a buyer's line as soon as it is inserted`);
}
