import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { ClientLog } from '../../src/cli/client-log.ts';
import { complete } from '../../src/cli/completion.ts';
import { converse } from '../../src/cli/interactive.ts';
import { defaultOptions } from '../../src/cli/options.ts';
import type { Program } from '../../src/cli/program.ts';
import { MemoryTerminal } from '../../src/cli/terminal.ts';
import { type ControlBench, startControl } from '../support/control-bench.ts';

async function bench(context: TestContext): Promise<ControlBench> {
  const control = await startControl(context);
  for (const name of ['sshd', 'nginx']) await control.server.addJail(name, 'auto');
  await control.server.jail('sshd').addAction('note');
  await control.server.jail('sshd').ban(['192.0.2.1', '2001:db8::1']);
  return control;
}

function programFor(path: string): { program: Program; terminal: MemoryTerminal } {
  const terminal = new MemoryTerminal();
  const options = { ...defaultOptions, socket: path, interactive: true };
  return {
    program: { name: 'fail2ban-client', options, terminal, log: new ClientLog(terminal, 1) },
    terminal,
  };
}

test('the tabulator offers words of the command, jails, actions, bans and known values', async (t) => {
  const { path } = await bench(t);
  const offered = async (line: string): Promise<string[]> =>
    (await complete(line, path))[0].map((word) => word.trim());
  assert.deepEqual(await offered('stat'), ['status', 'stats', 'statistic', 'statistics']);
  assert.deepEqual(await offered('status '), ['--all', 'sshd', 'nginx']);
  assert.deepEqual(await offered('status sshd '), ['basic', 'short', 'stats', 'cymru']);
  assert.deepEqual(await offered('set ss'), ['sshd']);
  assert.deepEqual(await offered('set sshd idle '), ['on', 'off']);
  assert.deepEqual(await offered('set loglevel C'), ['CRITICAL']);
  assert.deepEqual(await offered('set sshd unbanip '), ['--report-absent', '192.0.2.1', '2001:db8::1']);
  assert.deepEqual(await offered('get sshd action n'), ['note']);
  assert.deepEqual(await offered('get sshd action note actionb'), ['actionban']);
  assert.deepEqual(await offered('reload --restart '), ['--unban', '--all', '--if-exists', 'sshd', 'nginx']);
  assert.deepEqual(await offered('bogus '), []);
  assert.deepEqual(await complete('set sshd ig', path), [
    ['ignoreself ', 'ignorecommand ', 'ignorecache '],
    'ig',
  ]);
});

test('without a server only words are offered', async () => {
  assert.deepEqual(await complete('status ', '/nonexistent/socket'), [['--all '], '']);
});

/** What a person sees and types. */
class Screen {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  #text = '';
  #waiting: (() => void) | undefined;

  constructor() {
    this.output.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
      this.#waiting?.();
    });
  }

  /** Types something when a text is there, counted from the last time. */
  async typeAfter(text: string, typed: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting = () => {
        if (this.#text.includes(text)) resolve();
      };
      this.#waiting();
    });
    this.#text = '';
    this.input.write(typed);
  }
}

test('in a terminal there are editing, completion and history', async (t) => {
  const { path } = await bench(t);
  const { program, terminal } = programFor(path);
  const screen = new Screen();
  const ended = converse(program, screen);
  await screen.typeAfter('fail2ban> ', 'pin\t');
  await screen.typeAfter('ping ', '\r');
  // The arrow upwards brings the last command back.
  await screen.typeAfter('fail2ban> ', '\u001b[A');
  await screen.typeAfter('ping ', '\r');
  await screen.typeAfter('fail2ban> ', 'exit\r');
  assert.equal(await ended, true);
  assert.match(terminal.stdout, /(?:Server replied: pong\n){2}$/);
});

test('an interrupt ends the conversation without success', async (t) => {
  const { path } = await bench(t);
  const { program, terminal } = programFor(path);
  const screen = new Screen();
  const ended = converse(program, screen);
  await screen.typeAfter('fail2ban> ', '\u0003');
  assert.equal(await ended, false);
  assert.match(terminal.stderr, /WARNING Caught signal 2\. Exiting\n$/);
});
