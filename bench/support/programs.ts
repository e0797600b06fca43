import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');
/** Where a run of several scenarios has built the programs for all of them. */
const sharedPrograms = 'WARDER_BENCH_PROGRAMS';

/** Our programs as a package installs them: bundles, launchers and configuration, without the sources. */
export interface Programs {
  readonly root: string;
  /** Where a program's launcher lies. */
  path(name: string): string;
  remove(): void;
}

/** Builds the programs aside, so that work on the sources does not disturb a measurement; or takes those of the whole run. */
export function buildPrograms(): Programs {
  const shared = process.env[sharedPrograms];
  if (shared !== undefined) return programsIn(shared, () => undefined);
  const root = mkdtempSync(join(tmpdir(), 'warder-bench-programs-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    build(root);
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

function build(root: string): void {
  const node = join(root, 'node_modules', '.bin', 'node');
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'scripts'));
  for (const name of ['bin', 'config', 'src', 'package.json', 'scripts/build.ts']) {
    cpSync(join(repository, name), join(root, name), { recursive: true });
  }
  const { status, stderr } = spawnSync(node, [join(root, 'scripts', 'build.ts')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the programs cannot be built: ${stderr}`);
  // Without sources the launchers take the bundles, without a look at what is newer.
  rmSync(join(root, 'src'), { recursive: true });
}

function programsIn(root: string, remove: () => void): Programs {
  return { root, path: (name) => join(root, 'bin', name), remove };
}
