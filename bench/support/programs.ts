import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');
/** Where a run of several scenarios has built the programs for all of them. */
const sharedPrograms = 'WARDER_BENCH_PROGRAMS';

/** What the build needs, and what is installed besides. Older commits have not all of it. */
const parts: readonly string[] = ['bin', 'config', 'dashboard', 'package.json', 'scripts', 'src'];

/** Our programs as a package installs them: bundles, launchers and configuration, without the sources. */
export interface Programs {
  readonly root: string;
  /** Of the sources. */
  readonly commit: string;
  /** Where a program's launcher lies. */
  path(name: string): string;
  remove(): void;
}

/**
 * Builds the programs aside, so that work on the sources does not disturb a measurement: of the sources as they are, or of a
 * commit. In a run of several scenarios it takes those of the run.
 */
export function buildPrograms(commit?: string): Programs {
  const shared = process.env[sharedPrograms];
  if (shared !== undefined) return programsIn(shared, () => undefined);
  const root = mkdtempSync(join(tmpdir(), 'warder-bench-programs-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    if (commit === undefined) copySources(root);
    else checkOut(root, commit);
    build(root);
    writeFileSync(join(root, 'commit'), describeCommit(commit));
  } catch (error) {
    remove();
    throw error;
  }
  return programsIn(root, remove);
}

/** The environment that makes scenarios take these programs. */
export function environmentWith(programs: Programs): NodeJS.ProcessEnv {
  return { ...process.env, [sharedPrograms]: programs.root };
}

function copySources(root: string): void {
  for (const name of parts) cpSync(join(repository, name), join(root, name), { recursive: true });
}

function checkOut(root: string, commit: string): void {
  const git = (...args: string[]) => spawnSync('git', ['-C', repository, ...args], { maxBuffer: 2 ** 28 });
  const present = git('ls-tree', '--name-only', commit, ...parts)
    .stdout.toString()
    .trim()
    .split('\n');
  const archive = git('archive', commit, '--', ...present);
  if (archive.status !== 0) throw new Error(`no commit ${commit}: ${archive.stderr}`);
  const { status, stderr } = spawnSync('tar', ['-x', '-C', root], { input: archive.stdout });
  if (status !== 0) throw new Error(`the commit ${commit} cannot be unpacked: ${stderr}`);
}

function build(root: string): void {
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const node = join(root, 'node_modules', '.bin', 'node');
  const { status, stderr } = spawnSync(node, [join(root, 'scripts', 'build.ts')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the programs cannot be built: ${stderr}`);
  // Without sources the launchers take the bundles, without a look at what is newer.
  rmSync(join(root, 'src'), { recursive: true });
}

/** Without a commit: the one that the sources came from, and whether they are still as it has them. */
function describeCommit(commit?: string): string {
  const git = (...args: string[]): string =>
    spawnSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const isChanged = commit === undefined && git('status', '--porcelain', '--', ...parts) !== '';
  return `${git('rev-parse', '--short=12', commit ?? 'HEAD')}${isChanged ? ' with changes' : ''}`;
}

function programsIn(root: string, remove: () => void): Programs {
  const commit = readFileSync(join(root, 'commit'), 'utf8');
  return { root, commit, path: (name) => join(root, 'bin', name), remove };
}
