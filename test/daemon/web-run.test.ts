import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { MemoryTerminal, runWarder } from '../../src/cli/index.ts';
import type { WebReport } from '../../src/control/index.ts';
import { readToken } from '../../src/web/index.ts';
import { TestHome } from '../support/daemon.ts';
import { repositoryRoot } from '../support/sources.ts';
import { callPage } from '../support/web-bench.ts';

/** The server as it is started by its command, on a folder of the test's own. */
class RunningServer {
  readonly home: TestHome;
  readonly #process: ChildProcess;

  constructor(context: TestContext, options: string) {
    this.home = new TestHome(context);
    this.home.write('fail2ban.local', `[Definition]\n${options}\n`);
    const program = join(repositoryRoot, 'src/cli/fail2ban-server.ts');
    const places = ['-s', this.#path('sock'), '-p', this.#path('pid')];
    this.#process = spawn(process.execPath, [program, '-f', '-c', this.home.path, ...places], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    context.after(async () => {
      this.#process.kill('SIGTERM');
      if (this.#process.exitCode === null) await once(this.#process, 'exit');
    });
  }

  /** What a command answers as JSON; undefined while nobody answers. */
  async ask<T>(...words: string[]): Promise<T | undefined> {
    const terminal = new MemoryTerminal();
    const code = await runWarder([...words, '--json', '-s', this.#path('sock')], terminal);
    return code === 0 ? (JSON.parse(terminal.stdout) as T) : undefined;
  }

  async until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      assert.equal(this.#process.exitCode, null, 'the server runs');
      await setTimeout(50);
    }
  }

  async untilJailRuns(): Promise<void> {
    await this.until(async () => (await this.ask<{ app?: object }>('status'))?.app !== undefined);
  }

  async #state(): Promise<WebReport | undefined> {
    return this.ask<WebReport>('web');
  }

  untilWeb(state: WebReport['state']): Promise<void> {
    return this.until(async () => (await this.#state())?.state === state);
  }

  #path(name: string): string {
    return join(this.home.path, name);
  }
}

async function takePort(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test('fail2ban.local turns the page on; while its port is taken everything else runs', async (context) => {
  const other = await takePort();
  const { port } = other.address() as AddressInfo;
  const server = new RunningServer(context, `http = 127.0.0.1:${port}`);
  await server.untilJailRuns();
  await server.untilWeb('failed');
  assert.match(server.home.read('fail2ban.log'), /ERROR {3}The page is not served: .*EADDRINUSE/);
  other.close();
  await server.untilWeb('listening');
  const authorization = `Bearer ${readToken(join(server.home.path, 'http-token'))}`;
  const { status, text } = await callPage(port, '/api/status', { headers: { authorization } });
  assert.equal(status, 200);
  assert.deepEqual(
    (JSON.parse(text) as { jails: { name: string }[] }).jails.map(({ name }) => name),
    ['app'],
  );
});

test('an address that is none is said in the log, and the page stays off', async (context) => {
  const server = new RunningServer(context, 'http = 127.0.0.1:80');
  await server.untilJailRuns();
  assert.deepEqual(await server.ask('web'), { state: 'off' });
  assert.match(
    server.home.read('fail2ban.log'),
    /ERROR.*"127\.0\.0\.1:80" is no address for the page.*\[WEB_ADDRESS\]/,
  );
});
