/** How many letters must be changed, added or left out to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const swapped = (row[j] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(swapped, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

/** The names nearest to what was typed, best first, at most three; empty where none is near. Letters' case doesn't count. */
export function nearestNames(typed: string, names: readonly string[]): readonly string[] {
  const wanted = typed.toLowerCase().replaceAll(" ", "_");
  const near = names
    .map((name) => {
      const whole = name.toLowerCase();
      const city = whole.slice(whole.lastIndexOf("/") + 1);
      return { name, far: Math.min(distance(wanted, whole), distance(wanted, city)) };
    })
    .filter(({ far }) => far <= Math.max(1, Math.floor(wanted.length / 4)))
    .toSorted((a, b) => a.far - b.far || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  const best = near[0]?.far ?? 0;
  return near
    .filter(({ far }) => far === best)
    .slice(0, 3)
    .map(({ name }) => name);
}
