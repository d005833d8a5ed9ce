import { stripVTControlCharacters } from "node:util";
import type { Config } from "../config.ts";
import type { Output } from "../console/output.ts";
import { PredraftError } from "../errors.ts";
import { examine } from "./examine.ts";
import { type Finding, problem } from "./finding.ts";
import { checkProvider } from "./provider.ts";

export interface DoctorOptions {
  readonly json: boolean;
  /** Make one tiny call to the provider, which costs a fraction of a cent. */
  readonly call: boolean;
  /** Columns of the terminal; undefined where the output is none. */
  readonly width: number | undefined;
}

/** Looks at everything and prints a line for each. Answers the exit code: 0 well, 1 a problem, 2 the database can't be reached. */
export async function doctor(
  config: Config,
  address: { readonly url: string; readonly directUrl: string },
  out: Output,
  options: DoctorOptions,
): Promise<0 | 1 | 2> {
  const { findings, reached } = await examineAll(config, address, options.call);
  if (options.json) out.line(JSON.stringify({ ok: !findings.some(isProblem), findings }, null, 2));
  else print(out, findings, options.width);
  if (!reached) return 2;
  return findings.some(isProblem) ? 1 : 0;
}

const isProblem = ({ level }: Finding): boolean => level === "problem";

async function examineAll(
  config: Config,
  address: { readonly url: string; readonly directUrl: string },
  call: boolean,
): Promise<{ findings: Finding[]; reached: boolean }> {
  try {
    const { findings, settings } = await examine(address);
    return { findings: [...findings, ...(await checkProvider(config, settings, call))], reached: true };
  } catch (error) {
    if (!(error instanceof PredraftError) || error.code !== "database_unreachable") throw error;
    const unreachable = problem("connection", error.message, error.hint ?? "");
    // The model's service is another matter, and this may be the first start: both faults are told at once.
    return {
      findings: [unreachable, ...(await checkProvider(config, undefined, call))],
      reached: false,
    };
  }
}

const nameWidth = 13;
const indent = " ".repeat(4 + nameWidth + 1);

/** One line a finding; what to do goes on a line of its own where the terminal is too narrow for both. */
function print(out: Output, findings: readonly Finding[], width: number | undefined): void {
  const marks = { ok: out.good("ok"), warning: out.bold("??"), problem: out.bad("!!") };
  for (const { check, level, what, todo } of findings) {
    const line = `${marks[level]}  ${level === "ok" ? out.dim(check.padEnd(nameWidth)) : check.padEnd(nameWidth)} ${what}`;
    if (!todo) {
      out.line(line);
    } else if (width === undefined || stripVTControlCharacters(line).length + todo.length + 3 <= width) {
      out.line(`${line} → ${todo}`);
    } else {
      out.line(line);
      for (const [n, part] of wrap(todo, width - indent.length - 2).entries())
        out.line(`${indent}${n === 0 ? "→" : " "} ${part}`);
    }
  }
  out.line();
  out.line(summary(findings));
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function summary(findings: readonly Finding[]): string {
  const of = (level: Finding["level"]): number =>
    findings.filter((finding) => finding.level === level).length;
  const [problems, warnings] = [of("problem"), of("warning")];
  if (problems === 0 && warnings === 0) return `All ${findings.length} checks are well.`;
  const say = (n: number, word: string): string[] => (n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`]);
  const rest = of("ok") === 0 ? "" : `; ${of("ok")} checks are well`;
  return `${[...say(problems, "problem"), ...say(warnings, "warning")].join(", ")}${rest}.`;
}
