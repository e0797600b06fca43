import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warderCommands } from '../../src/cli/warder/commands.ts';
import { commonOptions, runOptions } from '../../src/cli/warder/help.ts';
import { commandSyntaxes, nextWords } from '../../src/control/commands/syntax.ts';
import { requirePackaging } from '../support/debian-package.ts';
import {
  blocksOf,
  commandsOf,
  type DocBlock,
  type DocCommand,
  docPages,
  inlineCode,
} from '../support/doc-pages.ts';
import { repositoryFiles } from '../support/sources.ts';
import { requireRoot, requireTool } from '../support/tools.ts';
import { DocMachine } from './doc-machine.ts';
import { answers, endless, preparations, shown, spared } from './rules.ts';

const pages = docPages().map((page) => ({ page, blocks: blocksOf(page) }));
const everyBlock = pages.flatMap(({ blocks }) => blocks);
const everyCommand = everyBlock.filter(({ kind }) => kind === 'shell').flatMap(commandsOf);

test('every example is a command, configuration, a program or one that is known to be only shown', () => {
  const isShown = ({ page, text }: DocBlock) =>
    shown.some(([of, start]) => of === page && text.startsWith(start));
  const unknown = everyBlock.filter((block) => block.kind === 'unknown' && !isShown(block));
  assert.deepEqual(
    unknown.map(({ page, line, text }) => `${page}:${line}: ${text.split('\n')[0]}`),
    [],
  );
  for (const [page, start] of shown) {
    assert.ok(
      everyBlock.some((block) => block.page === page && block.text.startsWith(start)),
      `${page} has no '${start}'`,
    );
  }
});

test('the commands in the documentation do what they say, page by page', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'iptables', 'nft', 'curl') || !requirePackaging(t))
    return;
  const machine = await DocMachine.start(t);
  const answered = new Set<string>();
  for (const { page, blocks } of pages) {
    if (!blocks.some((block) => block.kind === 'shell' && commandsOf(block).some(isRun))) continue;
    await machine.beginPage(preparations.get(page.path));
    for (const block of blocks) {
      if (block.kind === 'ini') await machine.put(block);
      if (block.kind !== 'shell') continue;
      for (const command of commandsOf(block).filter(isRun)) {
        // A long look at all that is shipped is the same on every page.
        const question = command.text.replace(/ *#.*/, '');
        if (/^warder (?:check|doctor)/.test(question) && answered.has(question)) continue;
        await runs(machine, command);
        answered.add(question);
      }
    }
  }
  t.diagnostic(`${answered.size} different commands`);
});

const endlessForMs = 4000;
const interrupted = [124, 130];

async function runs(machine: DocMachine, { page, text }: DocCommand): Promise<void> {
  const isEndless = endless.some((pattern) => pattern.test(text));
  const { code, stdout, stderr } = await machine.type(text, isEndless ? endlessForMs : undefined);
  const allowed = isEndless
    ? interrupted
    : [0, ...answers.filter(({ pattern }) => pattern.test(text)).flatMap(({ codes }) => codes)];
  if (code !== null && allowed.includes(code)) return;
  assert.fail(`${page}: ${text}\nended with ${code}\n${stdout}${stderr}\nlog:\n${await machine.log()}`);
}

function isRun({ text }: DocCommand): boolean {
  return !spared.some(({ pattern }) => pattern.test(text));
}

test('what cannot be run here is asked for by the documentation, and its scripts exist', () => {
  const [packageFile] = repositoryFiles('package.json');
  const scripts = Object.keys((JSON.parse(packageFile!.text) as { scripts: object }).scripts);
  for (const { page, text } of everyCommand) {
    const script = /^npm (?:run )?(\S+)/.exec(text)?.[1];
    if (script !== undefined) assert.ok(scripts.includes(script), `${page}: ${text}`);
  }
});

/** Commands that stand in a sentence: they are not run, but there must be such ones. */
test('every command that a sentence names exists, with its options', () => {
  const wrong: string[] = [];
  for (const { page } of pages) {
    for (const code of inlineCode(page)) {
      const fault = faultOf(code);
      if (fault !== undefined) wrong.push(`${page.path}: ${code}: ${fault}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('a command that does not exist is noticed', () => {
  assert.equal(faultOf('warder wyh 203.0.113.7'), 'no such command');
  assert.equal(faultOf('warder check --stirct'), 'no option --stirct');
  assert.equal(faultOf('fail2ban-client banish 203.0.113.7'), 'no such command');
  assert.equal(faultOf('fail2ban-client set JAIL banprefxi 64'), 'no such command');
  assert.equal(faultOf('warder why IP'), undefined);
  assert.equal(faultOf('fail2ban-client set JAIL addignoreip file:/path'), undefined);
});

function faultOf(code: string): string | undefined {
  const [program, ...words] = code.split(/\s+/);
  if (program === 'warder') return faultOfWarder(words);
  return program === 'fail2ban-client' ? faultOfClient(words) : undefined;
}

function faultOfWarder(words: readonly string[]): string | undefined {
  const [name] = words;
  if (name === undefined || name.startsWith('-') || /^(?:COMMAND|…|\.\.\.)$/.test(name)) return undefined;
  const command = warderCommands.find((each) => each.name === name);
  if (command === undefined) return 'no such command';
  const own = (command.options ?? []).map((option) => `--${option.name}`);
  const common = [...commonOptions, ...(name === 'run' ? runOptions : [])].flatMap(([syntax]) =>
    syntax.split(/[ ,]+/),
  );
  const known = new Set([...own, ...common, ...command.syntax.split(/[^\w-]+/), '--pretty']);
  const option = words
    .map((word) => word.split('=', 1)[0]!)
    .find((word) => /^-/.test(word) && !known.has(word));
  return option === undefined ? undefined : `no option ${option}`;
}

/** Options of the program in front of the command are those of fail2ban, which other tests hold. */
function faultOfClient(words: readonly string[]): string | undefined {
  const command = words
    .join(' ')
    .replace(/^(?:-[csp] \S+ ?|-\S+ ?)+/, '')
    .split(' ')
    .filter((word) => word !== '');
  if (command.length === 0 || /^(?:COMMAND|…|\.\.\.)$/.test(command[0]!)) return undefined;
  const verbs = new Set(commandSyntaxes().map(({ places }) => places[0]?.words[0]));
  if (!verbs.has(command[0])) return 'no such command';
  const [verb, jail, option] = command;
  if ((verb !== 'set' && verb !== 'get') || option === undefined) return undefined;
  const next = nextWords([verb, jail!]).words;
  return next.includes(option) || next.length === 0 ? undefined : 'no such command';
}
