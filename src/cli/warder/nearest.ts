/** The name that somebody may have meant: the one with the fewest changes, at most a third of its letters; undefined for none. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly changes: number } | undefined;
  for (const name of names) {
    const isStart = typed.length >= 2 && name.startsWith(typed);
    const changes = isStart ? 0.5 : distance(typed.slice(0, 100), name);
    if (best === undefined || changes < best.changes) best = { name, changes };
  }
  if (best === undefined) return undefined;
  return best.changes <= Math.max(1, Math.floor(Math.max(best.name.length, typed.length) / 3))
    ? best.name
    : undefined;
}

/** Letters to insert, delete, replace, or swap with the next one. */
function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j += 1) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}
