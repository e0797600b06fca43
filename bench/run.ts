// Runs the benchmarks that are named, or all: each file here is one, and says itself what it needs.
//
//   npm run bench [NAME [ARGUMENT…]]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = import.meta.dirname;
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.ts'))
  .sort();
const [name, ...rest] = process.argv.slice(2);
if (name !== undefined && !all.includes(name)) {
  console.error(`there is no benchmark ${name}; there are ${all.join(', ')}`);
  process.exit(2);
}
let failed = false;
for (const each of name === undefined ? all : [name]) {
  console.log(`\n${each}`);
  const { status } = spawnSync(process.execPath, [join(folder, `${each}.ts`), ...rest], { stdio: 'inherit' });
  if (status !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;
