import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MemoryTerminal, runClient } from '../../src/cli/index.ts';
import {
  actionOptions,
  filterOptions,
  jailDefaults,
  jailOptions,
  laterJailOptions,
  serverOptions,
  threadOptions,
} from '../../src/config/index.ts';
import { blocksOf, type DocBlock, docPages } from '../support/doc-pages.ts';
import { repositoryFiles, repositoryRoot } from '../support/sources.ts';

const pages = docPages().map((page) => ({ page, blocks: blocksOf(page) }));

test('the reader takes every piece of configuration as it stands, without a warning', async (t) => {
  const faults: string[] = [];
  let count = 0;
  for (const { blocks } of pages) {
    // What a page says about one file, later examples of the page rely on.
    const files = new Map<string, string>();
    for (const block of blocks) {
      const own = filesOf(block);
      if (own === undefined) continue;
      count += 1;
      const fault = await faultOf(t, new Map([...files, ...own]));
      if (fault !== '') faults.push(`${block.page}:${block.line}: ${fault}`);
      for (const [path, text] of own)
        if (isNamed(block.text) || block.kind === 'shell') files.set(path, text);
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(count > 20, `${count} examples`);
});

test('an example with a mistake is noticed', async (t) => {
  const text = '[sshd]\nmaxrety = 3\n[other]\nenabled = true\nfilter = no-such\n';
  const found = await faultOf(t, new Map([['jail.local', text]]));
  assert.match(found, /maxrety.*LINT_MISSPELT_OPTION/);
  assert.match(found, /no-such.*CONFIG_NO_FILTER/);
});

const fileName = /^# \/etc\/fail2ban\/(\S+)/;

function isNamed(text: string): boolean {
  return fileName.test(text);
}

/** The files that an example is, by their names below /etc/fail2ban; undefined where it is none. */
function filesOf({ kind, text }: DocBlock): Map<string, string> | undefined {
  if (kind === 'action')
    return new Map([['jail.local', `[sshd]\naction = ${text.replaceAll('\n', '\n  ')}\n`]]);
  if (kind === 'shell') {
    const typed = [...text.matchAll(/^cat > \/etc\/fail2ban\/(\S+) <<'END'\n([\s\S]*?)^END$/gm)];
    return typed.length === 0 ? undefined : new Map(typed.map(([, path, inside]) => [path!, inside!]));
  }
  // A drop-in of systemd is not ours to read.
  if (kind !== 'ini' || /^# \/etc\/systemd\//.test(text)) return undefined;
  const named = fileName.exec(text)?.[1];
  return named === undefined ? asUsual(text) : new Map([[named, text]]);
}

const serverNames = [...serverOptions, ...threadOptions].map(({ name }) => name);

/** Where an example belongs that does not say so. */
function asUsual(text: string): Map<string, string> {
  const names = [...text.matchAll(/^([\w.-]+)\s*=/gm)].map((match) => match[1]!);
  if (!/^\[[\w.-]+\]$/m.test(text)) return new Map([['jail.local', `[DEFAULT]\n${text}\n`]]);
  if (names.some((name) => serverNames.includes(name))) return new Map([['fail2ban.local', text]]);
  if (!/^\[Definition\]$/m.test(text)) return new Map([['jail.local', text]]);
  const isFilter = names.some((name) => ['failregex', 'prefregex'].includes(name));
  const jail = `[sample]\nenabled = true\nlogpath = /var/log/sample.log\n`;
  return isFilter
    ? new Map([
        ['filter.d/sample.conf', text],
        ['jail.local', jail],
      ])
    : new Map([
        ['action.d/sample.conf', text],
        ['jail.local', `[sshd]\naction = sample[token=x]\n`],
      ]);
}

/** What the client's test says against a folder with these files. */
async function faultOf(context: TestContext, files: ReadonlyMap<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'warder-docs-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  // What the pages say is in docs/examples.
  cpSync(join(repositoryRoot, 'docs/examples/action.d'), join(folder, 'action.d'), { recursive: true });
  const log = join(folder, 'a.log');
  writeFileSync(log, '');
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    // Logs that a page speaks of are not on this machine.
    writeFileSync(join(folder, name), `${text.replaceAll(/^logpath *=.*$/gm, `logpath = ${log}`)}\n`);
  }
  const terminal = new MemoryTerminal();
  const code = await runClient('fail2ban-client', ['-t', '-c', folder], terminal);
  const said = `${terminal.stdout}${terminal.stderr}`.split('\n');
  const told = said.filter((line) => /WARNING|ERROR|warning|error/.test(line));
  return code === 0 && told.length === 0
    ? ''
    : `${code}: ${told.length > 0 ? told.join('\n') : said.join('\n')}`;
}

test('every example in JSON is JSON', () => {
  const faults: string[] = [];
  for (const block of pages.flatMap(({ blocks }) => blocks).filter(({ kind }) => kind === 'json')) {
    for (const value of valuesIn(block.text)) {
      try {
        JSON.parse(value);
      } catch (error) {
        faults.push(`${block.page}:${block.line}: ${String(error)}: ${value}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

/** Values begin at the left; lines that are indented go on. */
function valuesIn(text: string): string[] {
  return text.split(/\n\s*(?=[{[])(?<=\n)/).filter((value) => value.trim() !== '');
}

const names = (options: readonly { readonly name: string }[]): string[] => options.map(({ name }) => name);

test('docs/configuration.md lists every option of a jail and of the server, and no other', () => {
  const [page] = repositoryFiles('docs/configuration.md');
  const [, jail = '', server = ''] = page!.text.split(/^## All options of (?:a jail|the server)$/m);
  const ofJail = [...names(jailOptions), ...names(laterJailOptions), ...jailDefaults.keys()];
  assert.deepEqual(rowsOf(jail), [...new Set(ofJail)].sort());
  assert.deepEqual(rowsOf(server), [...names(serverOptions), ...names(threadOptions)].sort());
});

test('docs/actions.md lists every command of an action, and no other', () => {
  const [page] = repositoryFiles('docs/actions.md');
  const [, section = ''] = page!.text.split(/^## Commands of your own$/m);
  assert.deepEqual(rowsOf(section.split(/^## /m)[0]!), names(actionOptions).sort());
});

test('options of filters are among those of jails, so the list has them', () => {
  const known = new Set([...names(jailOptions), ...jailDefaults.keys()]);
  assert.deepEqual(
    names(filterOptions).filter((name) => !known.has(name)),
    [],
  );
});

/** First cells of a table. */
function rowsOf(section: string): string[] {
  return [...section.matchAll(/^\| `([\w.-]+)` +\|/gm)].map((match) => match[1]!).sort();
}
