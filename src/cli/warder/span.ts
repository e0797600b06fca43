const units: readonly (readonly [sec: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** `1d 2h`, `10m`, `0s`: at most two units, since nobody reads more. */
export function span(seconds: number): string {
  let rest = Math.max(Math.round(seconds), 0);
  const parts = units.flatMap(([sec, name]) => {
    const count = Math.floor(rest / sec);
    rest -= count * sec;
    return count === 0 ? [] : [`${count}${name}`];
  });
  return parts.slice(0, 2).join(' ') || '0s';
}

/** A ban time: `ever` where it has no end. */
export function banSpan(banTimeSec: number): string {
  return banTimeSec < 0 ? 'ever' : span(banTimeSec);
}
