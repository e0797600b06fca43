import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, ManualClock, MemoryLogger, systemClock } from '../../src/base/index.ts';
import type { Failure } from '../../src/detect/index.ts';
import {
  actionEnvironment,
  HostNames,
  IgnoreCommand,
  type IgnoreCommandParts,
  type IgnoreCommandSettings,
  type ShellCommand,
  type ShellResult,
} from '../../src/enforce/index.ts';

const names = new HostNames({
  source: {
    reverse: async () => ['host.example.org'],
    shortName: () => 'here',
    fullName: async () => 'here.example.org',
  },
});

const figures = {
  banTimeSec: () => 600,
  banned: () => 3,
  bannedTotal: () => 30,
  found: () => 4,
  foundTotal: () => 40,
};

function failure(id: string, more: Partial<Failure> = {}): Failure {
  const lines = [`bad login from ${id}`];
  return { jail: 'j', id, unresolved: false, timeSec: 1000, attempts: 1, lines, fields: {}, ...more };
}

function exit(returnCode: number | undefined, more: Partial<ShellResult> = {}): ShellResult {
  const ok = returnCode === 0;
  return { ok, returnCode, timedOut: false, stdout: '', stderr: '', pid: 1, durationMs: 1, ...more };
}

/** An ignore command whose runs the test answers: by exit code, or with a promise. */
function bench(
  settings: Partial<IgnoreCommandSettings>,
  answer: (command: ShellCommand) => ShellResult | Promise<ShellResult> = () => exit(1),
  more: Partial<IgnoreCommandParts> = {},
) {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const commands: ShellCommand[] = [];
  const current = { command: 'check <ip>', cache: undefined, ...settings };
  const ignoreCommand = new IgnoreCommand({
    jail: 'j',
    clock,
    logger,
    names,
    figures,
    history: undefined,
    environment: {},
    settings: () => current,
    run: async (command) => {
      commands.push(command);
      return answer(command);
    },
    ...more,
  });
  const warnings = (): string[] => logger.lines.filter((line) => line.startsWith('WARNING'));
  return { clock, commands, warnings, ask: (one: Failure) => ignoreCommand.ask(one) };
}

const tick = (): Promise<unknown> => new Promise(setImmediate);

test('exit code 0 ignores and 1 counts', async () => {
  const { ask, commands, warnings } = bench({}, ({ script }) => exit(script.endsWith('.1') ? 0 : 1));
  assert.equal(await ask(failure('192.0.2.1')), 'command');
  assert.equal(await ask(failure('192.0.2.2')), 'no');
  assert.deepEqual(commands, [
    { script: 'check 192.0.2.1', args: [] },
    { script: 'check 192.0.2.2', args: [] },
  ]);
  assert.deepEqual(warnings(), []);
});

test('the tags of actions are filled in, and hostile values as shell variables', async () => {
  const { ask, commands } = bench({
    command: '<ip> <fid> <family> <ip-host> <failures> <F-USER> "<matches>" <jail.found> <F-NONE>.',
  });
  await ask(failure('alice', { attempts: 2, fields: { user: '$(reboot)', ip: '192.0.2.1' } }));
  assert.deepEqual(commands, [
    {
      script:
        'f2bV_matches=$0 f2bV_F_user=$1 \n192.0.2.1 alice inet4 host.example.org 2 $f2bV_F_user "$f2bV_matches" 4 .',
      args: ['bad login from alice', '$(reboot)'],
    },
  ]);
});

test('a real shell sees a hostile value as one harmless word', async () => {
  const logger = new MemoryLogger();
  const command = 'test "<F-USER>" = "$(printf %s "\'; exit 1; \'")"';
  const ignoreCommand = new IgnoreCommand({
    jail: 'j',
    clock: systemClock,
    logger,
    names,
    figures,
    history: undefined,
    environment: actionEnvironment(process.env),
    settings: () => ({ command, cache: undefined }),
  });
  assert.equal(
    await ignoreCommand.ask(failure('192.0.2.1', { fields: { user: "'; exit 1; '" } })),
    'command',
  );
  assert.equal(await ignoreCommand.ask(failure('192.0.2.1', { fields: { user: '' } })), 'no');
});

test('a command that fails spares nobody, and is warned of once, not for each failure', async () => {
  let code = 127;
  const { ask, clock, warnings } = bench({}, () => exit(code, { stderr: 'sh: 1: check: not found\n' }));
  for (let n = 1; n <= 20; n++) assert.equal(await ask(failure(`192.0.2.${n}`)), 'no');
  assert.deepEqual(warnings(), [
    'WARNING fail2ban.filter [j] ignorecommand failed: sh: 1: check: not found; while it does so it spares nobody (0 means ignore, 1 means count)',
  ]);
  clock.advance(3600);
  await ask(failure('192.0.2.1'));
  assert.equal(warnings().length, 2, 'again after an hour');
  code = 1;
  clock.advance(60);
  await ask(failure('192.0.2.1'));
  code = 2;
  await ask(failure('192.0.2.1'));
  assert.equal(warnings().length, 3, 'and when it had worked in between');
});

test('a command that is killed, cannot start or takes too long spares nobody', async () => {
  const results = [
    exit(-9),
    exit(undefined, { startError: 'spawn EAGAIN' }),
    exit(0, { ok: false, timedOut: true }),
  ];
  for (const result of results) {
    const { ask, warnings } = bench({}, () => result);
    assert.equal(await ask(failure('192.0.2.1')), 'no');
    assert.equal(warnings().length, 1);
  }
});

test('one command runs at a time, and those who ask the same share its answer', async () => {
  const runs: { script: string; end: (result: ShellResult) => void }[] = [];
  const { ask } = bench({}, ({ script }) => new Promise((end) => runs.push({ script, end })));
  const answers = ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.2'].map((id) => ask(failure(id)));
  await tick();
  assert.deepEqual(
    runs.map(({ script }) => script),
    ['check 192.0.2.1'],
  );
  runs[0]!.end(exit(0));
  await tick();
  assert.equal(runs.length, 2);
  runs[1]!.end(exit(1));
  assert.deepEqual(await Promise.all(answers), ['command', 'no', 'command', 'no']);
  const later = ask(failure('192.0.2.1'));
  await tick();
  assert.equal(runs.length, 3, 'an answer that was given is not used again without a cache');
  runs[2]!.end(exit(1));
  assert.equal(await later, 'no');
});

test('a failure waits a minute at most, in the queue as well, and what nobody waits for is not run', async () => {
  const ends: ((result: ShellResult) => void)[] = [];
  const { ask, clock, commands, warnings } = bench({}, () => new Promise((end) => ends.push(end)));
  const answers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((id) => ask(failure(id)));
  await tick();
  clock.advance(60);
  assert.deepEqual(await Promise.all(answers), ['no', 'no', 'no']);
  assert.equal(warnings().length, 1);
  assert.match(warnings()[0]!, /gave no answer within 60 seconds/);
  ends[0]!(exit(0));
  await tick();
  await tick();
  assert.equal(commands.length, 1);
  const next = ask(failure('192.0.2.4'));
  await tick();
  ends[1]!(exit(0));
  assert.equal(await next, 'command');
});

const cache = { key: '<ip>', maxCount: 2, maxTimeSec: 300 };

test('answers are kept by the key, for a time, and so many', async () => {
  const { ask, clock, commands } = bench({ cache }, ({ script }) => exit(script.endsWith('.1') ? 0 : 1));
  assert.equal(await ask(failure('192.0.2.1')), 'command');
  assert.equal(await ask(failure('192.0.2.1')), 'cached');
  await ask(failure('192.0.2.2'));
  assert.equal(await ask(failure('192.0.2.2')), 'no');
  assert.equal(commands.length, 2);
  await ask(failure('192.0.2.3'));
  assert.equal(await ask(failure('192.0.2.1')), 'command', 'the oldest was dropped');
  assert.equal(commands.length, 4);
  clock.advance(301);
  assert.equal(await ask(failure('192.0.2.1')), 'command');
  assert.equal(commands.length, 5);
});

test('the key tells values apart, whatever separators a user puts into his name', async () => {
  const { ask, commands } = bench({ command: 'check <F-USER>', cache: { ...cache, key: '<F-USER>@<ip>' } });
  await ask(failure('192.0.2.1', { fields: { user: 'a@192.0.2.1', ip: 'x' } }));
  await ask(failure('192.0.2.1', { fields: { user: 'a', ip: '192.0.2.1@x' } }));
  assert.equal(commands.length, 2);
});

test('another cache starts empty', async () => {
  let settings: IgnoreCommandSettings = { command: 'check', cache };
  const { ask, commands } = bench({}, () => exit(1), { settings: () => settings });
  await ask(failure('192.0.2.1'));
  settings = { command: 'check', cache: { ...cache } };
  await ask(failure('192.0.2.1'));
  assert.equal(commands.length, 1);
  settings = { command: 'check', cache: { ...cache, maxTimeSec: 60 } };
  await ask(failure('192.0.2.1'));
  assert.equal(commands.length, 2);
});

test('a clock that is set back makes an answer old', async () => {
  const { ask, clock, commands } = bench({ cache });
  await ask(failure('192.0.2.1'));
  (clock as Clock & ManualClock).set(clock.nowSec() - 10_000);
  await ask(failure('192.0.2.1'));
  assert.equal(commands.length, 2);
});

test('a stop ends the command that runs', async () => {
  const ignoreCommand = new IgnoreCommand({
    jail: 'j',
    clock: systemClock,
    logger: new MemoryLogger(),
    names,
    figures,
    history: undefined,
    environment: actionEnvironment(process.env),
    settings: () => ({ command: 'sleep 50 & wait', cache: undefined }),
  });
  const startedMs = performance.now();
  const answer = ignoreCommand.ask(failure('192.0.2.1'));
  await tick();
  ignoreCommand.stop();
  assert.equal(await answer, 'no');
  assert.ok(performance.now() - startedMs < 10_000);
});
