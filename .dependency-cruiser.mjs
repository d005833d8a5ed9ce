/**
 * Imports point one way, as docs/walkthrough.md draws it. Each part names everything of ours that it may import; what it does not name is
 * forbidden. Parts that build on nothing of ours (`domain`) name nothing.
 */
const leaves = ["domain", "async", "errors", "log", "language"];
const rules = ["canned", "guardrails", "privacy", ...leaves];
const model = ["llm", "db", "config", ...rules];
const drafting = ["prompt", ...model];
const tools = ["console", "drafts", "version", ...drafting];

const parts = {
  domain: [],
  errors: [],
  version: [],
  log: ["errors"],
  language: ["domain"],
  async: ["errors", "log"],
  config: ["db", "errors", "log"],
  privacy: leaves,
  guardrails: leaves,
  canned: leaves,
  db: ["async", "errors"],
  llm: ["config", ...rules],
  prompt: model,
  drafts: drafting,
  tasks: ["drafts", ...drafting],
  worker: ["tasks", "drafts", "version", ...drafting],
  embedded: ["config", "db", ...leaves],
  console: ["embedded", "config", "db", "version", ...leaves],
  ingest: tools,
  doctor: tools,
  seller: tools,
  backfill: tools,
  attach: ["backfill", ...tools],
  eval: ["ingest", ...tools],
  commands: [
    "worker",
    "tasks",
    "embedded",
    "ingest",
    "doctor",
    "seller",
    "backfill",
    "attach",
    "eval",
    ...tools,
  ],
  cli: ["commands", "embedded", "ingest", "doctor", "seller", "backfill", "attach", "eval", ...tools],
};

const atTop = ["cli", "config", "errors", "log", "version"];
const pathOf = (part) =>
  part === "db" || part === "tasks"
    ? `^${part}/`
    : atTop.includes(part)
      ? `^src/${part}\\.ts$`
      : `^src/${part}/`;

const partRules = Object.entries(parts).map(([part, allowed]) => ({
  name: `${part}-imports`,
  severity: "error",
  comment: `${part} imports ${allowed.length === 0 ? "nothing of ours" : allowed.join(", ")}`,
  from: { path: pathOf(part) },
  to: { path: "^(db|tasks|src|test)/", pathNot: [part, ...allowed].map(pathOf) },
}));

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...partRules,
    {
      name: "every-file-belongs-to-a-part",
      severity: "error",
      comment: "A new folder of src gets a line of its own above",
      from: { path: "^src/", pathNot: Object.keys(parts).map(pathOf) },
      to: {},
    },
    {
      name: "no-undeclared-packages",
      severity: "error",
      from: { path: "^(db|tasks|src)/" },
      to: {
        dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined", "npm-dev"],
        pathNot: "^node:",
      },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
