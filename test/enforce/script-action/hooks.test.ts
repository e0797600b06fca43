import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scriptHelperUrl } from '../../../src/enforce/script-action/start-helper.ts';
import { requireRoot, requireTool } from '../../support/tools.ts';
import { item } from '../harness.ts';
import { scriptBench } from './harness.ts';

const noting = `
export function start(event) { console.log('start', event.jail, event.action, event.params.dest); }
export async function ban(event) { await null; console.log('ban', JSON.stringify(event)); }
export const unban = (event) => console.log('unban', event.id);
export function flush() { console.log('flush'); }
export function stop() { console.log('stop'); }
`;

test('the hooks are called in order, with plain data', async (t) => {
  const { action, said } = scriptBench(t, noting, { dest: 'me' });
  assert.equal((await action.start()).ok, true);
  const fields = { user: 'root"\n' };
  const made = item('2001:db8::1', { matches: ['line 1', 'line\u2028 2'], fields }, true);
  assert.deepEqual(
    (await action.ban([made])).map(({ ok, id }) => [ok, id]),
    [[true, '2001:db8::1']],
  );
  await action.unban([made]);
  assert.equal((await action.flush()).ok, true);
  assert.equal((await action.stop()).ok, true);
  const [, ban = ''] = said();
  assert.deepEqual(
    said().map((line) => line.split(' ')[0]),
    ['start', 'ban', 'unban', 'flush', 'stop'],
  );
  assert.equal(said()[0], 'start sshd own me');
  assert.deepEqual(JSON.parse(ban.slice('ban '.length)), {
    jail: 'sshd',
    action: 'own',
    params: { timeout: '60', dest: 'me' },
    id: '2001:db8::1',
    ip: '2001:db8::1',
    time: 1_700_000_000,
    bantime: 600,
    bancount: 1,
    failures: 5,
    matches: ['line 1', 'line\u2028 2'],
    fields,
    restored: true,
  });
});

test('a default object with hooks is as good, and its hooks know it as this', async (t) => {
  const source =
    'class Own { count = 7; ban() { console.log(this.count++); } }\nexport default new Own();\nexport const norestored = true;';
  const { action, said } = scriptBench(t, source);
  assert.equal((await action.start()).ok, true);
  await action.ban([item('192.0.2.1'), item('192.0.2.2')]);
  assert.deepEqual(said(), ['7', '8']);
  const { skipsRestored, holdsState, flushes } = action.traits();
  assert.deepEqual([skipsRestored, holdsState, flushes], [true, false, false]);
});

test('the jail’s norestored goes before the module’s', async (t) => {
  const source = 'export const norestored = true; export function ban() {} export function unban() {}';
  const { action } = scriptBench(t, source, { norestored: 'false' });
  await action.start();
  const { skipsRestored, holdsState } = action.traits();
  assert.deepEqual([skipsRestored, holdsState], [false, true]);
});

test('a hook that is not there goes well', async (t) => {
  const { action } = scriptBench(t, 'export function ban() {}');
  for (const step of ['start', 'flush', 'stop'] as const) assert.equal((await action[step]()).ok, true);
  assert.deepEqual(
    (await action.unban([item('192.0.2.1')])).map(({ ok }) => ok),
    [true],
  );
});

test('a hook that throws fails its ban with words and line, and the next one goes well', async (t) => {
  const source = `
export async function ban({ id }) {
  if (id === '192.0.2.1') throw new Error('no\\x1b[31m such list', { cause: new Error('404') });
  if (id === '192.0.2.2') throw null;
}`;
  const { action, logger, helpers } = scriptBench(t, source);
  const outcomes = await action.ban([item('192.0.2.1'), item('192.0.2.2'), item('192.0.2.3')]);
  assert.deepEqual(
    outcomes.map(({ ok, reason, error }) => [ok, reason, error]),
    [
      [false, 'Error banning 192.0.2.1', 'Error: no\\x1b[31m such list: 404 (line 3)'],
      [false, 'Error banning 192.0.2.2', 'null'],
      [true, undefined, undefined],
    ],
  );
  assert.equal(helpers.length, 1);
  assert.ok(logger.lines.some((line) => line.includes("[sshd] action 'own': ban failed: Error: no")));
});

test('a module that cannot be used says why', async (t) => {
  for (const [source, words] of [
    ['export const a = ;', /^SyntaxError: Unexpected token/],
    ['export const a = 1;', /^Error: it exports none of start, ban, unban, flush, stop$/],
    ['export const ban = 5;', /^Error: what it exports as ban is no function$/],
    ["import './other.js'; export function ban() {}", /^TypeError: .*\.\/other\.js/],
    ["throw new Error('not today');", /^Error: not today \(line 1\)$/],
  ] as const) {
    const { action } = scriptBench(t, source);
    const { ok, reason, error = '' } = await action.start();
    assert.deepEqual([ok, reason], [false, "Error starting action Jail('sshd')/own"]);
    assert.match(error, words);
  }
});

test('it runs as nobody, in no group, with nothing of our environment and its time bounded', async (t) => {
  if (!requireRoot(t)) return;
  const source = `
import { readFileSync } from 'node:fs';
export function ban() {
  console.log([process.getuid(), process.geteuid(), process.getgid(), process.getgroups()].join(' '));
  console.log(String(process.env.OF_THE_DAEMON));
  console.log(/^Max cpu time +(\\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))[1]);
  readFileSync('/etc/shadow');
}`;
  process.env.OF_THE_DAEMON = 'secret';
  t.after(() => delete process.env.OF_THE_DAEMON);
  const { action, said } = scriptBench(t, source);
  const [outcome] = await action.ban([item('192.0.2.1')]);
  assert.deepEqual(said(), ['65534 65534 65534 65534', 'undefined', '300']);
  assert.match(outcome?.error ?? '', /EACCES/);
});

test('where it cannot become nobody it runs nothing', (t) => {
  if (!requireRoot(t) || !requireTool(t, 'setpriv')) return;
  const request = { kind: 'load', source: "console.log('runs'); export function ban() {}" };
  const { stdout } = spawnSync(
    'setpriv',
    ['--bounding-set=-setuid,-setgid', process.execPath, fileURLToPath(scriptHelperUrl())],
    { input: `${JSON.stringify(request)}\n`, encoding: 'utf8' },
  );
  assert.match(stdout, /^\{"kind":"unusable","reason":"the process cannot become nobody \(EPERM\)[^\n]*\n$/);
});
