/** Who fails three times, which bans, and who fails twice, which does not. */
export const attackers = addresses('192.0.2', 200);
export const bystanders = addresses('203.0.113', 200);
/** Each begins a session, and is refused in it much later. */
export const sessions = addresses('198.18.0', 150);

const rounds = 60;

/** The messages of an attack, in an order that spreads what belongs together over the whole of it. */
export function attackLines(): readonly string[] {
  const lines: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Failures of everybody that only the jail that counts sees.
    for (const ip of [...attackers.slice(0, 20), ...bystanders.slice(0, 20)]) lines.push(`probe from ${ip}`);
    for (const [index, ip] of attackers.entries()) {
      const own = index % (rounds - 40);
      if (round === own || round === own + 19 || round === own + 38) lines.push(`bad login from ${ip}`);
    }
    for (const [index, ip] of bystanders.entries()) {
      if (round === index % 30 || round === (index % 30) + 29) lines.push(`bad login from ${ip}`);
    }
    for (const [index, ip] of sessions.entries()) {
      const own = index % (rounds - 10);
      if (round === own) lines.push(`conn ${1000 + index}: from ${ip}`);
      if (round === own + 9) lines.push(`conn ${1000 + index}: refused`);
    }
  }
  return lines;
}

function addresses(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}.${index + 1}`);
}
