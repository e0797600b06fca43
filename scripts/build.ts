// Bundles the programs into dist/, so that starting one reads a few files instead of every module in src/.
//
// The launchers trust dist/ only when nothing in src/ is newer than dist/.built. So the stamp goes first and comes
// back last, dated to the start of the build: a source saved meanwhile makes the bundles stale again.
//
// With `--for-package DIR` they go there instead, each program in one file. What runs has all of its code in memory
// then, and files that an upgrade replaces meanwhile cannot become part of it.
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type OutputFile } from 'esbuild';
import { type BuiltFile, buildPage } from './build-page.ts';

const root = join(import.meta.dirname, '..');
const packageDir = parseArgs({ options: { 'for-package': { type: 'string' } } }).values['for-package'];
const outDir = resolve(packageDir ?? join(root, 'dist'));
const stamp = join(outDir, '.built');

/** Name in dist/ → source. The worker and the helper lie beside the programs, where the code that starts them looks for them. */
const entryPoints = {
  'fail2ban-client': 'src/cli/fail2ban-client.ts',
  'fail2ban-server': 'src/cli/fail2ban-server.ts',
  'fail2ban-regex': 'src/cli/fail2ban-regex.ts',
  warder: 'src/cli/warder.ts',
  'detect-worker': 'src/detect/worker.ts',
  'regex-judge': 'src/detect/judge/helper.ts',
  'log-part': 'src/cli/regex/part-thread.ts',
  'name-lookups': 'src/track/lookup/helper.ts',
  courier: 'src/enforce/notify/helper.ts',
  tarpit: 'src/enforce/tarpit/helper.ts',
  'script-action': 'src/enforce/script-action/helper.ts',
  web: 'src/web/helper.ts',
  'demo-actor': 'src/cli/demo/actor.ts',
};

const startedSec = Date.now() / 1000;
// The page has a folder of its own, beside the program that serves it.
const pageDir = join(outDir, 'page');
const files: BuiltFile[] = [...(await bundle()), ...(await buildPage(pageDir))];
await mkdir(pageDir, { recursive: true });
await rm(stamp, { force: true });
for (const file of files) await replaceFile(file);
if (packageDir === undefined) await finishDist();

async function bundle(): Promise<OutputFile[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: outDir,
    bundle: true,
    splitting: packageDir === undefined,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    chunkNames: '[name]-[hash]',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  return result.outputFiles;
}

/** Whole or not at all, since a program may be starting from dist/ right now. */
async function replaceFile(file: BuiltFile): Promise<void> {
  const temporary = `${file.path}.${process.pid}.tmp`;
  await writeFile(temporary, file.contents);
  await rename(temporary, file.path);
}

async function finishDist(): Promise<void> {
  await removeOthers(outDir, new Set(files.map((file) => file.path)));
  await writeFile(stamp, '');
  await utimes(stamp, startedSec, startedSec);
}

/** Chunks carry their content in their names; those of earlier builds would pile up. Packages are not ours to remove. */
async function removeOthers(folder: string, current: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path === pageDir) await removeOthers(path, current);
    else if (!current.has(path) && !name.endsWith('.deb')) await rm(path, { recursive: true, force: true });
  }
}
