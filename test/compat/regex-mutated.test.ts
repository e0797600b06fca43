import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DetectOracle } from '../support/detect-oracle.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { SeededRandom } from '../support/random.ts';
import { RegexOracle } from '../support/regex-oracle.ts';

const runs = 120;
const linesPerRun = 30;

const waysToAsk: readonly (readonly string[])[] = [
  ['-v'],
  ['-o', 'row'],
  ['--print-all-matched', '-v'],
  ['-L', '3', '--print-all-matched'],
  ['-L', '2', '-o', 'row'],
  ['-r', '-o', 'row'],
  ['--usedns', 'no', '-o', 'row'],
  ['--no-check-all', '-v'],
  ['-D', '--print-all-matched', '-L', '4'],
  ['-d', '{NONE}', '-o', 'row'],
  ['--TZ', 'UTC+02', '-o', '<ip> <time> <F-USER> <msg>'],
];

test('both programs say the same of damaged and mixed lines', async (t) => {
  if (!requireFail2ban(t)) return;
  const folder = mkdtempSync(join(tmpdir(), 'warder-mutated-'));
  const [samples, programs, random] = [new DetectOracle(), new RegexOracle(), new SeededRandom(20261122)];
  t.after(() => {
    samples.close();
    programs.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const names = (await samples.names()).filter((name) => !/^zzz-|^sshd-journal$/.test(name));
  const lines = new Map<string, string[]>();
  for (const name of names)
    lines.set(
      name,
      (await samples.samples(name)).map(({ text }) => text),
    );
  const all = [...lines.values()].flat();
  const log = join(folder, 'log');
  let crashes = 0;
  for (let run = 0; run < runs; run += 1) {
    const name = random.pick(names);
    const damaged = random.times(linesPerRun, linesPerRun, () => {
      const line = random.chance(0.7) ? random.pick(lines.get(name)!) : random.pick(all);
      return damage(line, random.pick(all), random);
    });
    writeFileSync(log, damaged.map((line) => `${line}\n`).join(''));
    const args = [log, `${name}.conf`, ...random.pick(waysToAsk)];
    const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
    // A damaged time zone ends the reference; with us such a line has no date.
    if (theirs.code === 1) crashes += 1;
    else
      assert.equal(
        ours.stdout,
        theirs.stdout,
        `run ${run}: ${args.slice(1).join(' ')}\n${damaged.join('\n')}`,
      );
  }
  assert.ok(crashes < runs / 20, `${crashes} runs ended with an exception of the reference`);
});

function damage(line: string, other: string, random: SeededRandom): string {
  const at = random.integer(0, line.length);
  switch (random.integer(0, 7)) {
    case 0:
      return line.slice(0, at) + line.slice(at + 1);
    case 1:
      return line.slice(0, at) + other.slice(random.integer(0, other.length));
    case 2:
      return `${line.slice(0, at)}é<HOST>\t${line.slice(at)}`;
    case 3:
      return line.replace(/\d+(?:\.\d+){3}/, `192.0.2.${random.integer(1, 9)}`);
    case 4:
      return line.slice(at) + line.slice(0, at);
    default:
      return line;
  }
}
