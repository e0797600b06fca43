import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { until } from '../support/netns.ts';
import { requireRoot, requireThat, requireTool } from '../support/tools.ts';

// `warder demo` as a person starts it, on the real machine, which it must leave as it is.

interface Said {
  readonly kind: string;
  readonly text: string;
  readonly outcome?: string;
  readonly held?: number;
  readonly event?: { readonly jail: string };
  readonly lines?: readonly string[];
}

const program = join(import.meta.dirname, '..', '..', 'src', 'cli', 'warder.ts');
const nobody = 65_534;

/** A demo with a folder for temporary files of its own, by which everything of it can be found. */
class RunningDemo {
  readonly said: Said[] = [];
  readonly folder: string;
  readonly process: ChildProcess;
  errors = '';

  constructor(context: TestContext, args: readonly string[], uid?: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'warder-demo-test-'));
    if (uid !== undefined) chownSync(this.folder, uid, uid);
    this.process = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, 'demo', '--fast', '--json', ...args],
      {
        env: { ...process.env, TMPDIR: this.folder, HOME: this.folder },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(uid === undefined ? {} : { uid, gid: uid }),
      },
    );
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString('utf8');
    });
    createInterface({ input: this.process.stdout! }).on('line', (line) =>
      this.said.push(JSON.parse(line) as Said),
    );
    context.after(async () => {
      if (this.process.exitCode === null && this.process.signalCode === null) {
        this.process.kill('SIGTERM');
        await once(this.process, 'exit');
      }
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async end(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
    return this.process.exitCode;
  }

  untilSaid(kind: string): Promise<true> {
    return until(`the demo says ${kind}`, async () => this.said.some((each) => each.kind === kind), {
      timeoutMs: 60_000,
      explain: async () => this.story,
    });
  }

  get story(): string {
    return `${this.said.map(({ kind, text }) => `${kind}: ${text}`).join('\n')}\n${this.errors}`;
  }

  /** Ids of processes that were started by it, with their names. */
  processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== this.process.pid)
      .flatMap((pid) => {
        try {
          const isOwn = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${this.folder}`);
          return isOwn ? [`${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`] : [];
        } catch {
          return [];
        }
      });
  }

  assertNothingIsLeft(): void {
    assert.deepEqual(this.processes(), [], this.story);
    assert.deepEqual(
      readdirSync(this.folder).filter((name) => name.startsWith('warder-demo-')),
      [],
    );
  }
}

function canHaveMachines(context: TestContext): boolean {
  return requireRoot(context) && requireTool(context, 'unshare', 'nsenter', 'ip', 'iptables');
}

/** What belongs to the machine and must stay as it is. */
function machineState(): string[] {
  const files = ['/etc/hosts.deny', '/proc/net/dev', '/proc/net/if_inet6'];
  return files.map((file) => {
    try {
      // Counters of the network go on; only its interfaces are compared.
      return readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => (file === '/proc/net/dev' ? line.split(':')[0] : line))
        .join('\n');
    } catch {
      return 'absent';
    }
  });
}

test('a real attack is seen, banned, refused, unbanned, held by the tarpit and pardoned, and nothing is left', async (t) => {
  if (!canHaveMachines(t)) return;
  const before = machineState();
  const demo = new RunningDemo(t, []);
  assert.equal(await demo.end(), 0, demo.story);
  const plot = demo.said
    .filter(({ kind }) => ['ban', 'unban', 'attacker', 'bystander'].includes(kind))
    .map(({ kind, outcome, event }) => `${kind} ${outcome ?? event?.jail ?? ''}`.trim());
  const expected = [
    ...['ban sshd', 'attacker refused', 'bystander greeted', 'unban sshd', 'attacker greeted'],
    ...['ban recidive', 'attacker held', 'bystander greeted', 'unban recidive', 'attacker greeted'],
  ];
  let place = -1;
  for (const step of expected) {
    place = plot.indexOf(step, place + 1);
    assert.notEqual(place, -1, `${step} is missing in its place\n${demo.story}`);
  }
  const rules = demo.said.filter(({ kind, lines }) => kind === 'firewall' && lines !== undefined);
  assert.ok(
    rules.some(({ lines }) => lines?.some((line) => line.includes('203.0.113.66'))),
    demo.story,
  );
  assert.ok(
    demo.said.some(({ kind, held }) => kind === 'tarpit' && (held ?? 0) >= 4),
    demo.story,
  );
  assert.ok(demo.said.filter(({ kind }) => kind === 'found').length >= 6, demo.story);
  demo.assertNothingIsLeft();
  assert.deepEqual(machineState(), before);
});

test('Ctrl-C in the middle of the attack puts everything away', async (t) => {
  if (!canHaveMachines(t)) return;
  const demo = new RunningDemo(t, []);
  await demo.untilSaid('found');
  assert.ok(demo.processes().length > 0, 'its processes can be found');
  demo.process.kill('SIGINT');
  assert.equal(await demo.end(), 130, demo.story);
  assert.equal(demo.said.at(-1)?.outcome, 'interrupted');
  demo.assertNothingIsLeft();
});

test('a signal while the machines are being made puts them away as well', async (t) => {
  if (!canHaveMachines(t)) return;
  const demo = new RunningDemo(t, []);
  await demo.untilSaid('scene');
  await until('a machine is there', async () => demo.processes().length > 0);
  demo.process.kill('SIGTERM');
  assert.equal(await demo.end(), 143, demo.story);
  demo.assertNothingIsLeft();
});

test('no process outlives a demo that is killed', async (t) => {
  if (!canHaveMachines(t)) return;
  const demo = new RunningDemo(t, []);
  await demo.untilSaid('found');
  demo.process.kill('SIGKILL');
  await demo.end();
  await until('its processes end', async () => demo.processes().length === 0, {
    explain: async () => demo.processes().join('\n'),
  });
});

test('an ordinary user sees a replay, which says that it only observes', async (t) => {
  if (!requireRoot(t)) return;
  const demo = new RunningDemo(t, [], nobody);
  const code = await demo.end();
  if (!requireThat(t, !/EACCES|permission denied/i.test(demo.errors), 'nobody cannot read this checkout'))
    return;
  assert.equal(code, 0, demo.story);
  assert.match(demo.story, /observing only: a network of its own takes root/);
  const events = demo.said.flatMap(({ kind, event }) =>
    event === undefined ? [] : [`${kind} ${event.jail}`],
  );
  for (const step of ['found sshd', 'ban sshd', 'unban sshd', 'ban recidive', 'unban recidive']) {
    assert.ok(events.includes(step), `${step} is missing\n${demo.story}`);
  }
  assert.ok(!demo.said.some(({ kind }) => kind === 'firewall' || kind === 'attacker'), demo.story);
  demo.assertNothingIsLeft();
});

test('no process outlives a replay that is killed', async (t) => {
  const demo = new RunningDemo(t, ['--observe']);
  await demo.untilSaid('found');
  assert.ok(demo.processes().length > 0, 'its daemon can be found');
  demo.process.kill('SIGKILL');
  await demo.end();
  await until('its processes end', async () => demo.processes().length === 0, {
    explain: async () => demo.processes().join('\n'),
  });
});
