/** Imports point one way: cli → worker → tasks → drafts → guardrails, llm, privacy → (config, errors, log); db beside them. */
const rule = (name, from, to, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: from },
  to: { path: to },
});

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    rule(
      "leaves-import-nothing-of-ours",
      "^src/(errors|log|config|version)\\.ts$",
      "^(db|tasks|src/(drafts|llm|guardrails|privacy|worker|commands|http|inbox))/",
    ),
    rule(
      "llm-and-guardrails-know-no-database",
      "^src/(llm|guardrails)/",
      "^(db|tasks|src/(drafts|worker|commands|http))/",
    ),
    rule(
      "privacy-stands-alone",
      "^src/privacy/",
      "^(db|tasks|src/(drafts|guardrails|llm|worker|commands|http))/",
    ),
    rule("db-knows-no-callers", "^db/", "^(tasks|src/(drafts|llm|guardrails|privacy|worker|commands|http))/"),
    rule("drafts-know-no-callers", "^src/drafts/", "^(tasks|src/(worker|commands|http))/"),
    rule("tasks-know-no-callers", "^tasks/", "^src/(worker|commands|http)/"),
    rule("worker-knows-no-commands", "^src/worker/", "^src/(commands|http)/|^src/cli\\.ts$"),
    rule("nobody-imports-the-cli", "^(db|tasks|src)/", "^src/cli\\.ts$"),
    rule("nobody-imports-tests", "^(db|tasks|src)/", "^test/"),
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
