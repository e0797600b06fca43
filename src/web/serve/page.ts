import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page, in memory. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const longestFile = 4 * 1024 * 1024;

/** Where the build puts the page: beside the bundle, or, while running from source, in dist/. */
export function pageFolder(moduleUrl: string = import.meta.url): string {
  const place = moduleUrl.endsWith('.ts') ? '../../../dist/page' : './page';
  return process.env.WARDER_PAGE ?? fileURLToPath(new URL(place, moduleUrl));
}

/** All files of the page by their path in a URL. None where there is no such folder: the API works without a page. */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of namesIn(folder)) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const bytes = Uint8Array.from(readFileSync(join(folder, name)));
    if (bytes.length <= longestFile) files.set(name === 'index.html' ? '/' : `/${name}`, { type, bytes });
  }
  return files;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
