// What a launcher costs: the real launcher around a program that does nothing, against the same runtime and program
// started directly. Both in turn, in one run, so that other work on the machine meets both.
//
//   node_modules/.bin/node bench/launcher.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');
const rounds = Number(process.argv[2] ?? 50);
const folder = mkdtempSync(join(tmpdir(), 'warder-bench-'));
try {
  setUp(folder);
  report(measure(folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A checkout whose program does nothing, with our launchers and as many sources as ours has. */
function setUp(root: string): void {
  for (const name of ['bin', 'src']) cpSync(join(repository, name), join(root, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'dist', 'warder.js'), '');
  writeFileSync(join(root, 'dist', '.built'), '');
}

function measure(root: string): { direct: number[]; launched: number[] } {
  const direct: number[] = [];
  const launched: number[] = [];
  const node = join(root, 'node_modules', '.bin', 'node');
  for (let round = 0; round < rounds; round++) {
    direct.push(timeMs(node, ['--disable-warning=ExperimentalWarning', join(root, 'dist', 'warder.js')]));
    launched.push(timeMs(join(root, 'bin', 'warder'), []));
  }
  return { direct: direct.sort((a, b) => a - b), launched: launched.sort((a, b) => a - b) };
}

function timeMs(command: string, args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(command, args);
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return performance.now() - start;
}

function report(times: { direct: number[]; launched: number[] }): void {
  for (const [name, sorted] of Object.entries(times)) {
    process.stdout.write(`${name.padEnd(10)} least ${show(sorted[0]!)}  median ${show(median(sorted))}\n`);
  }
  const added = median(times.launched) - median(times.direct);
  process.stdout.write(`the launcher adds ${show(added)} (median of ${rounds} rounds)\n`);
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)]!;
}

function show(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
