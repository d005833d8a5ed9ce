/** A few of what was found, to begin looking with. */
export const sample = (found: readonly string[]): string =>
  found.length === 0 ? "" : `: ${found.slice(0, 3).join("; ")}${found.length > 3 ? " …" : ""}`;
