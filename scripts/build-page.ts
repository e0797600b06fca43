import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dashboard = join(root, 'dashboard');

/** A file of the page, ready to be written. */
export interface BuiltFile {
  readonly path: string;
  readonly contents: Uint8Array;
}

/** Bundles the dashboard: its document and icon as they are, one script, one style sheet. */
export async function buildPage(outDir: string): Promise<BuiltFile[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { app: join(dashboard, 'main.tsx') },
    outdir: outDir,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
    tsconfig: join(dashboard, 'tsconfig.json'),
  });
  const unchanged = await Promise.all(
    ['index.html', 'icon.svg'].map(async (name) => ({
      path: join(outDir, name),
      contents: await readFile(join(dashboard, name)),
    })),
  );
  return [...result.outputFiles, ...unchanged];
}
