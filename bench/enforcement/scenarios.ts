import { join } from 'node:path';
import type { GuardKind } from '../../test/support/sshd-guard.ts';
import { attackers, attackLines, BenchStage, logPath, type Means, type Side } from './stage.ts';

/** A figure of one run. */
export interface Figure {
  readonly what: string;
  readonly ms: number;
  /** What it must stay under; absent where it is there for comparison. */
  readonly limitMs?: number;
}

/** From the first byte in the log until everybody is banned in the kernel. */
export async function flood(side: Side, means: Means, count: number, limitMs?: number): Promise<Figure[]> {
  return onStage(side, means, async (stage) => {
    await stage.guard.start('flood');
    const startedMs = performance.now();
    await stage.machine.run('tee', ['-a', logPath], { input: attackLines(attackers(count)) });
    const ms = await stage.untilBanned(count, startedMs, 300_000);
    return [figure(`${count} attackers in one log, all in ${means.name}`, side.kind, ms, limitMs)];
  });
}

/** A start with bans in the database until all are in the kernel, and the end of all of them. */
export async function restart(
  side: Side,
  means: Means,
  count: number,
  limits?: { readonly startMs: number; readonly unbanMs: number },
): Promise<Figure[]> {
  return onStage(side, means, async (stage) => {
    await stage.guard.start('flood');
    await banAll(stage, count);
    await stage.guard.stop();
    const startedMs = performance.now();
    const started = stage.guard.start('flood');
    const startMs = await stage.untilBanned(count, startedMs, 600_000);
    await started;
    const endingMs = performance.now();
    await stage.machine.must(stage.guard.program('fail2ban-client'), ['unban', '--all'], {
      timeoutMs: 600_000,
    });
    const unbanMs = performance.now() - endingMs;
    await stage.untilBanned(0, endingMs, 60_000);
    return [
      figure(`restart with ${count} bans, all in ${means.name}`, side.kind, startMs, limits?.startMs),
      figure(`unban --all of ${count} in ${means.name}`, side.kind, unbanMs, limits?.unbanMs),
    ];
  });
}

/** From the line in the log to the first packet that is dropped, over single attacks, with so many bans in force. */
export async function latency(
  side: Side,
  means: Means,
  attacks: number,
  inForce: number,
  limits?: { readonly medianMs: number; readonly worstMs: number },
): Promise<Figure[]> {
  return onStage(side, means, async (stage) => {
    await stage.guard.start('flood');
    if (inForce > 0) await banAll(stage, inForce);
    await stage.machine.shell('ip address add 10.99.0.1/16 dev lo');
    const node = process.execPath;
    const probe = join(import.meta.dirname, 'probe.ts');
    const output = await stage.machine.must(node, [probe, logPath, String(attacks)], { timeoutMs: 600_000 });
    const delays = (JSON.parse(output) as number[]).sort((one, other) => one - other);
    const at = (part: number): number =>
      delays[Math.min(delays.length - 1, Math.floor(delays.length * part))] ?? Number.NaN;
    const what = `line → packet dropped, ${means.name}, ${inForce} bans in force`;
    return [
      figure(`${what}: median of ${attacks}`, side.kind, at(0.5), limits?.medianMs),
      figure(`${what}: 99th percentile`, side.kind, at(0.99), limits?.worstMs),
    ];
  });
}

async function banAll(stage: BenchStage, count: number): Promise<void> {
  const startedMs = performance.now();
  await stage.machine.run('tee', ['-a', logPath], { input: attackLines(attackers(count)) });
  await stage.untilBanned(count, startedMs, 600_000);
}

async function onStage(
  side: Side,
  means: Means,
  play: (stage: BenchStage) => Promise<Figure[]>,
): Promise<Figure[]> {
  const stage = await BenchStage.build(side, means);
  try {
    return await play(stage);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${await stage.tail()}`);
  } finally {
    await stage.stop();
  }
}

function figure(what: string, kind: GuardKind, ms: number, limitMs: number | undefined): Figure {
  const named = kind === 'warder' ? what : `${what} (installed fail2ban)`;
  return limitMs === undefined ? { what: named, ms } : { what: named, ms, limitMs };
}
