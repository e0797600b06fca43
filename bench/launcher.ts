// What a launcher costs: the real launcher around a program that does nothing, against the same runtime and program
// started directly. Both in turn, in one run, so that other work on the machine meets both.
//
//   npm run bench -- launcher [--rounds N]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, runScenario } from './support/index.ts';

const repository = join(import.meta.dirname, '..');
/** A start is short, and its time uneven. */
const startsPerRound = 10;

await runScenario({
  name: 'launcher',
  about: 'what the shell script costs that starts each of our programs',
  async run(bench) {
    const root = bench.path('checkout');
    setUp(root);
    await measure(bench, root);
  },
});

/** A checkout whose program does nothing, with our launchers and as many sources as ours has. */
function setUp(root: string): void {
  mkdirSync(root);
  for (const name of ['bin', 'src']) cpSync(join(repository, name), join(root, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'dist', 'warder.js'), '');
  writeFileSync(join(root, 'dist', '.built'), '');
}

async function measure(bench: Bench, root: string): Promise<void> {
  const direct: number[] = [];
  const launched: number[] = [];
  const node = join(root, 'node_modules', '.bin', 'node');
  await bench.rounds(async () => {
    for (let start = 0; start < startsPerRound; start += 1) {
      direct.push(timeMs(node, ['--disable-warning=ExperimentalWarning', join(root, 'dist', 'warder.js')]));
      launched.push(timeMs(join(root, 'bin', 'warder'), []));
    }
  });
  const added = launched.map((ms, index) => ms - direct[index]!);
  bench.add({ what: 'the runtime alone', unit: 'ms', values: direct });
  bench.add({ what: 'by the launcher', unit: 'ms', values: launched });
  bench.add({ what: 'what the launcher adds', unit: 'ms', values: added, note: `of ${added.length} starts` });
}

function timeMs(command: string, args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(command, args);
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return performance.now() - start;
}
