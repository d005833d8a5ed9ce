import type { Output } from "../console/output.ts";
import type { Figures } from "./figures.ts";
import type { Report } from "./report.ts";
import { type Agreement, type Difference, type Judged, judged } from "./score.ts";

const names: Record<Judged, string> = {
  intent: "intent",
  sentiment: "sentiment",
  sla_priority: "priority",
  needs_escalation: "escalation",
};
const channels = ["review", "question", "chat"] as const;
const shownRefusals = 20;

/** Prints a report as a table for people, with the ids of the worst disagreements. */
export function printReport(out: Output, report: Report, worst: number): void {
  printHead(out, report);
  if (report.count.answered > 0) {
    printAgreement(out, report);
    printFigures(out, report);
    printFindings(out, report);
    printConfusions(out, report);
    printDisagreements(out, report, worst);
  }
  printTroubles(out, report);
}

function printHead(out: Output, { provider, model, prompt_versions, count, seconds }: Report): void {
  out.line();
  const prompts =
    prompt_versions.length === 0
      ? ""
      : `, prompt${prompt_versions.length > 1 ? "s" : ""} ${prompt_versions.join(", ")}`;
  out.line(out.bold(`${provider} ${model}`) + out.dim(prompts));
  const parts = [
    `${count.answered} answered in ${seconds.toFixed(1)} s`,
    ...(count.failed > 0 ? [out.bad(`${count.failed} failed`)] : []),
    ...(count.refused > 0 ? [out.bad(`${count.refused} ${plural(count.refused, "line")} refused`)] : []),
    ...(count.unasked > 0 ? [out.bad(`stopped before ${count.unasked} others`)] : []),
    ...(count.wordless > 0
      ? [`${count.wordless} ${plural(count.wordless, "review")} without text left out: no model is asked`]
      : []),
  ];
  out.line(parts.join(" · "));
}

const plural = (count: number, one: string): string => (count === 1 ? one : `${one}s`);

function printAgreement(out: Output, { agreement, understated, escalation }: Report): void {
  out.line();
  out.line(out.dim(`  ${"agreement".padEnd(12)}${"all".padStart(14)}${channels.map(cell).join("")}`));
  const notes: Partial<Record<Judged, string>> = {
    ...(understated > 0 ? { sla_priority: `${understated} less urgent than labelled` } : {}),
    ...(escalation.missed + escalation.false_alarms > 0
      ? { needs_escalation: `${escalation.missed} missed, false alarms: ${escalation.false_alarms}` }
      : {}),
  };
  for (const field of judged) {
    const { by_channel, ...all } = agreement[field];
    const cells = channels.map((channel) => cell(shareOf(by_channel[channel])));
    const whole = `${shareOf(all)} ${`${all.agreed}/${all.of}`.padStart(8)}`.padStart(14);
    const note = notes[field] === undefined ? "" : out.dim(`   ${notes[field]}`);
    out.line(`  ${names[field].padEnd(12)}${out.bold(whole)}${cells.join("")}${note}`);
  }
}

const cell = (text: string): string => text.padStart(10);
const shareOf = ({ share }: Agreement): string =>
  share === null ? "–" : `${(Math.floor(share * 1_000) / 10).toFixed(1)}%`;

function printFigures(out: Output, report: Report): void {
  const { length, latency_ms, calls, tokens, cost_usd } = report.figures as Figures;
  const line = (name: string, text: string): void => out.line(`  ${out.dim(name.padEnd(12))}${text}`);
  const over = `${length.over_500} over 500 (${(length.share_over_500 * 100).toFixed(1)}%)`;
  out.line();
  line("length", `mean ${length.mean} characters, longest ${length.longest}, ${over}`);
  line("latency", `p50 ${seconds(latency_ms.p50)}, p95 ${seconds(latency_ms.p95)}`);
  const used = `${thousands(calls)} calls, ${thousands(tokens.input)} tokens in (${thousands(tokens.cached_input)} of them cached), ${thousands(tokens.output)} out`;
  if (cost_usd === null)
    line("cost", `unknown: no price of ${report.model} is known, --prices can say it; ${used}`);
  else if (calls === 0) line("cost", "free: no service was asked");
  else line("cost", `$${cost_usd < 0.1 ? cost_usd.toFixed(4) : cost_usd.toFixed(2)}, ${used}`);
}

function printFindings(out: Output, { guardrails, count }: Report): void {
  const { drafts_with_errors, drafts_with_warnings, by_code } = guardrails;
  out.line();
  const clean = count.answered - drafts_with_errors - drafts_with_warnings;
  out.line(
    `Guardrails: ${clean} drafts without a finding, ${drafts_with_warnings} with warnings, ${drafts_with_errors} with errors`,
  );
  for (const { code, severity, drafts, ids } of by_code) {
    const named = `${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ", …" : ""}`;
    const paint = severity === "error" ? out.bad : out.bold;
    out.line(
      `  ${String(drafts).padStart(4)} ${paint(severity.padEnd(8))} ${code.padEnd(22)} ${out.dim(named)}`,
    );
  }
}

const thousands = (count: number | null): string => (count === null ? "?" : count.toLocaleString("en"));
const seconds = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;

function printConfusions(out: Output, { confusions }: Report): void {
  const often = confusions.filter(({ times }) => times > 1).slice(0, 5);
  if (often.length === 0) return;
  out.line();
  out.line("Intents most often taken for others");
  for (const { labelled, answered, times } of often)
    out.line(`  ${`${times}×`.padStart(4)} ${labelled} → ${answered}`);
}

function printDisagreements(out: Output, { disagreements }: Report, worst: number): void {
  if (disagreements.length === 0 || worst === 0) return;
  const shown = disagreements.slice(0, worst);
  const width = Math.max(...shown.map(({ id }) => id.length));
  out.line();
  out.line(
    `Worst disagreements, labelled → answered${
      shown.length < disagreements.length
        ? out.dim(` (${shown.length} of ${disagreements.length}; --worst shows more)`)
        : ""
    }`,
  );
  for (const { id, differences, texts } of shown) {
    const parts = judged.flatMap((field) =>
      differences[field] === undefined ? [] : [inWords(field, differences[field])],
    );
    out.line(`  ${id.padEnd(width)}  ${parts.join(" · ")}`);
    if (texts === undefined) continue;
    out.line(out.dim(`  ${" ".repeat(width)}  buyer  ${texts.buyer.replaceAll(/\s+/g, " ")}`));
    out.line(out.dim(`  ${" ".repeat(width)}  draft  ${texts.draft.replaceAll(/\s+/g, " ")}`));
  }
}

function inWords(field: Judged, { labelled, answered }: Difference): string {
  if (field === "needs_escalation") return labelled === true ? "escalation missed" : "false alarm";
  return `${labelled} → ${answered}`;
}

function printTroubles(out: Output, { refusals, failures, below }: Report): void {
  if (refusals.length + failures.length + below.length > 0) out.line();
  for (const { line, reason } of refusals.slice(0, shownRefusals))
    out.line(`${out.bad("refused")}  line ${line}: ${reason}`);
  if (refusals.length > shownRefusals) out.line(`… and ${refusals.length - shownRefusals} more`);
  for (const { id, message } of failures.slice(0, shownRefusals))
    out.line(`${out.bad("failed")}   ${id}: ${message}`);
  if (failures.length > shownRefusals) out.line(`… and ${failures.length - shownRefusals} more`);
  for (const { what, share, least } of below)
    out.line(
      `${out.bad("below")}    ${names[what]}: ${share === null ? "not answered" : share.toFixed(3)}, asked for at least ${least}`,
    );
}
