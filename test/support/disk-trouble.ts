import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StandInBench } from './stand-in-bench.ts';
import { ban, banned } from './storing.ts';

// A program, run with a small disk of its own mounted at the folder that it is given: what a full and a read-only disk do.
// Prints what happened as JSON.

const folder = process.argv[2] ?? '';
const file = join(folder, 'fail2ban.sqlite3');
const padding = join(folder, 'padding');

function fillDisk(): void {
  for (const bytes of [65_536, 4096, 512]) {
    try {
      for (;;) writeFileSync(padding, Buffer.alloc(bytes, 1), { flag: 'a' });
    } catch {
      // Full, for this size of pieces.
    }
  }
}

const mount = (...options: string[]): void => {
  const { status, stderr } = spawnSync('mount', ['-o', options.join(','), folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

const before = new StandInBench(file).open();
before.store?.commit({ changes: [banned(ban('kept'))] });
fillDisk();
const whileFull = before.store?.commit({
  changes: [banned(...Array.from({ length: 50 }, (_, n) => ban(`new${n}`, { matches: ['x'.repeat(500)] })))],
});
const { trouble } = before.store?.health() ?? {};
rmSync(padding);
before.clock.advance(60);
const afterwards = before.restored().length;
before.close();

fillDisk();
const full = new StandInBench(file).open();
const fullRestored = full.restored().length;
full.known = [banned(ban('meanwhile'))];
full.store?.commit({ changes: full.known });
rmSync(padding);
full.clock.advance(61);
const fullAgain = full.store?.file === file && full.restored().includes('meanwhile');
full.close();

mount('remount', 'ro');
const readOnly = new StandInBench(file).open();
const readOnlyRestored = readOnly.restored().length;
readOnly.known = [banned(ban('later'))];
readOnly.clock.advance(31);
const readOnlyStays = readOnly.store?.file;
mount('remount', 'rw');
readOnly.clock.advance(31);
const readOnlyAgain = readOnly.restored().includes('later');
readOnly.close();

process.stdout.write(
  JSON.stringify({
    whileFull,
    trouble,
    afterwards,
    fullRestored,
    fullLog: full.log(),
    fullAgain,
    readOnlyRestored,
    readOnlyStays,
    readOnlyLog: readOnly.log(),
    readOnlyAgain,
  }),
);
