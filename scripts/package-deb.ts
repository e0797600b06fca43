// Builds dist/warder_<version>_<architecture>.deb with Debian's own tools (dpkg-dev, binutils).
//
//   --out DIR    where the package goes (default dist)
//   --quick      hardly compressed: for tests, which install it at once
//
// The package's tree is put together in a temporary folder: programs and the Node.js that runs them in /usr/lib/warder,
// the configuration in /usr/share/warder; manual pages and completions come from the program's own tables.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import packageJson from '../package.json' with { type: 'json' };
import { bashCompletion, fishCompletion, zshCompletion } from './package-completions.ts';
import { debianChangelog, debianCopyright } from './package-legal.ts';
import { manualPages } from './package-manual.ts';

const root = join(import.meta.dirname, '..');
const programs = ['warder', 'fail2ban-client', 'fail2ban-server', 'fail2ban-regex'];
const library = 'usr/lib/warder';
const share = 'usr/share/warder';

const options = parseArgs({ options: { out: { type: 'string' }, quick: { type: 'boolean' } } }).values;
const outDir = resolve(options.out ?? join(root, 'dist'));
const epochSec = Number(process.env.SOURCE_DATE_EPOCH ?? lastChangeSec());
const architecture = tool('dpkg', ['--print-architecture']).trim();

const work = mkdtempSync(join(tmpdir(), 'warder-package-'));
try {
  process.stdout.write(`${buildPackage(join(work, 'tree'))}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function buildPackage(tree: string): string {
  installPrograms(tree);
  installConfiguration(tree);
  installUnits(tree);
  installTexts(tree);
  const dependencies = sharedLibraries(join(tree, library, 'node'));
  writeControl(tree, dependencies);
  mkdirSync(outDir, { recursive: true });
  const name = `warder_${packageJson.version}_${architecture}.deb`;
  const compression = options.quick ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6'];
  tool('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, join(work, name)]);
  tool('cp', [join(work, name), join(outDir, `${name}.new`)]);
  renameSync(join(outDir, `${name}.new`), join(outDir, name));
  return join(outDir, name);
}

/** The bundles, Node.js without the symbols that only a debugger reads, and what starts them. */
function installPrograms(tree: string): void {
  const into = join(tree, library);
  mkdirSync(into, { recursive: true });
  tool(process.execPath, [join(root, 'scripts', 'build.ts'), '--for-package', into]);
  tool('strip', ['--strip-all', '-o', join(into, 'node'), nodeBinary()]);
  chmodSync(join(into, 'node'), 0o755);
  const launcher = readPackaging('launcher.sh');
  for (const name of programs) put(tree, `usr/bin/${name}`, launcher.replaceAll('@NAME@', name), 0o755);
  for (const name of readdirSync(join(root, 'packaging', 'libexec')))
    put(tree, `${library}/${name}`, readPackaging('libexec', name), 0o755);
}

/** The pinned runtime for this architecture. */
function nodeBinary(): string {
  const { arch } = process;
  const path = join(root, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
  if (!existsSync(path)) throw new Error(`${path} is missing; run npm ci`);
  return path;
}

function installConfiguration(tree: string): void {
  const files = globSync('**/*', { cwd: join(root, 'config'), withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    const isProgram = (statSync(path).mode & 0o100) !== 0;
    put(
      tree,
      join(share, path.slice(join(root, 'config').length)),
      readFileSync(path),
      isProgram ? 0o755 : 0o644,
    );
  }
  for (const folder of ['jail.d', 'filter.d', 'action.d'])
    put(tree, `etc/fail2ban/${folder}/README`, readPackaging('etc', folder, 'README'));
}

function installUnits(tree: string): void {
  const unit = readPackaging('systemd', 'fail2ban.service');
  for (const folder of ['usr/lib/systemd/system', `${share}/systemd`]) {
    put(tree, `${folder}/fail2ban.service`, unit);
    symlinkSync('fail2ban.service', join(tree, folder, 'warder.service'));
  }
  put(tree, `${share}/systemd/engines-only.conf`, readPackaging('systemd', 'engines-only.conf'));
  put(tree, 'usr/lib/tmpfiles.d/warder.conf', readPackaging('tmpfiles.conf'));
  put(tree, `${share}/logrotate`, readPackaging('logrotate'));
}

function installTexts(tree: string): void {
  for (const [name, text] of manualPages(packageJson.version, epochSec)) {
    put(tree, `usr/share/man/man${name.split('.').at(-1)}/${name}.gz`, gzip(text));
  }
  for (const name of programs)
    put(tree, `usr/share/bash-completion/completions/${name}`, bashCompletion(name));
  for (const name of programs) put(tree, `usr/share/zsh/vendor-completions/_${name}`, zshCompletion(name));
  for (const name of programs)
    put(tree, `usr/share/fish/vendor_completions.d/${name}.fish`, fishCompletion(name));
  const doc = 'usr/share/doc/warder';
  put(tree, `${doc}/copyright`, debianCopyright(root));
  put(tree, `${doc}/changelog.gz`, gzip(debianChangelog(packageJson.version, epochSec)));
  put(tree, `${doc}/NEWS.md.gz`, gzip(readFileSync(join(root, 'CHANGELOG.md'))));
  for (const name of readdirSync(join(root, 'docs')).filter((entry) => entry.endsWith('.md')))
    put(tree, `${doc}/${name}`, readFileSync(join(root, 'docs', name)));
  put(tree, 'usr/share/lintian/overrides/warder', readPackaging('deb', 'lintian-overrides'));
}

/** What the runtime needs of the system's libraries, and how new at least. */
function sharedLibraries(binary: string): string {
  const folder = join(work, 'shlibdeps');
  mkdirSync(join(folder, 'debian'), { recursive: true });
  writeFileSync(join(folder, 'debian', 'control'), 'Source: warder\n\nPackage: warder\nArchitecture: any\n');
  const output = tool('dpkg-shlibdeps', ['-O', '--ignore-missing-info', `-e${binary}`], folder);
  const line = /^shlibs:Depends=(.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`dpkg-shlibdeps says nothing of ${binary}: ${output}`);
  return line.replace(/libc6 \(>= [^)]*\)/, `libc6 (>= ${neededGlibc(binary)})`);
}

/**
 * The newest version of the C library among the versions of symbols. Debian's tool would ask for the 2.34 that took threads
 * into the main library, whose symbols older releases have beside it.
 */
function neededGlibc(binary: string): string {
  const versions = tool('objdump', ['-p', binary]).match(/(?<=GLIBC_)\d+\.\d+/g) ?? [];
  const minor = Math.max(...versions.map((version) => Number(version.split('.')[1])));
  return `2.${minor}`;
}

function writeControl(tree: string, dependencies: string): void {
  const files = globSync('**/*', { cwd: tree, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
    .sort();
  const sizeKiB = files.reduce((sum, file) => sum + Math.ceil(statSync(join(tree, file)).size / 1024), 0);
  const values: Readonly<Record<string, string>> = {
    VERSION: packageJson.version,
    ARCH: architecture,
    SIZE: String(sizeKiB),
    SHLIBS: dependencies,
  };
  const control = readPackaging('deb', 'control').replaceAll(
    /@(\w+)@/g,
    (_, name: string) => values[name] ?? '',
  );
  put(tree, 'DEBIAN/control', control);
  const conffiles = files.filter((file) => file.startsWith('etc/')).map((file) => `/${file}\n`);
  put(tree, 'DEBIAN/conffiles', conffiles.join(''));
  put(
    tree,
    'DEBIAN/md5sums',
    tool(
      'md5sum',
      files.filter((file) => !file.startsWith('etc/')),
      tree,
    ),
  );
  for (const script of ['postinst', 'prerm', 'postrm'])
    put(tree, `DEBIAN/${script}`, readPackaging('deb', script), 0o755);
}

/** Writes a file, with exactly this mode, and its folders. */
function put(tree: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function readPackaging(...path: string[]): string {
  return readFileSync(join(root, 'packaging', ...path), 'utf8');
}

/** As `gzip -9n`: no name and no time in it. */
function gzip(content: string | Uint8Array): Uint8Array {
  return gzipSync(content, { level: 9 });
}

function tool(command: string, args: readonly string[], cwd = root): string {
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epochSec), LC_ALL: 'C.UTF-8' };
  return execFileSync(command, [...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Of the sources, so that the same sources make the same package. */
function lastChangeSec(): number {
  try {
    const text = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
    return Number(text.trim());
  } catch {
    return Math.trunc(statSync(join(root, 'package.json')).mtimeMs / 1000);
  }
}
