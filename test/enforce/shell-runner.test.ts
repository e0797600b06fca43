import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryLogger } from '../../src/base/index.ts';
import {
  actionEnvironment,
  createShellRunner,
  type ShellCommand,
  type ShellResult,
} from '../../src/enforce/index.ts';
import { fillValues } from '../../src/enforce/shell-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'warder-runner-'));
after(() => rmSync(folder, { recursive: true }));

function run(
  script: string | ShellCommand,
  options: { timeoutSec?: number; environment?: Record<string, string>; outputLimitBytes?: number } = {},
): Promise<ShellResult & { log: readonly string[] }> {
  const logger = new MemoryLogger();
  const environment = options.environment ?? { PATH: '/usr/bin:/bin' };
  const runner = createShellRunner({ logger, environment });
  const command = typeof script === 'string' ? { script, args: [] } : script;
  const limit = options.outputLimitBytes;
  return runner
    .run(command, {
      timeoutSec: options.timeoutSec ?? 20,
      rank: 0,
      ...(limit === undefined ? {} : { outputLimitBytes: limit }),
    })
    .then((result) => ({ ...result, log: logger.lines }));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function waitForDeath(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries++) await delay(10);
  return !isAlive(pid);
}

test('a command that works is told of at debug levels only', async () => {
  const { ok, stdout, log } = await run('echo one; echo "two $((1+1))"');
  assert.equal(ok, true);
  assert.equal(stdout, 'one\ntwo 2\n');
  assert.deepEqual(log, [
    'TRACEDEBUG fail2ban.utils 000001 -- exec: echo one; echo "two $((1+1))"',
    "DEBUG fail2ban.utils 000001 -- stdout: 'one'",
    "DEBUG fail2ban.utils 000001 -- stdout: 'two 2'",
    'DEBUG fail2ban.utils 000001 -- returned successfully 0',
  ]);
});

test('a command that fails is told of as an error, with its output escaped line by line', async () => {
  const { ok, returnCode, log } = await run("printf 'bad\\033[31m\\nworse' >&2; exit 3");
  assert.equal(ok, false);
  assert.equal(returnCode, 3);
  assert.deepEqual(log.slice(1), [
    "ERROR fail2ban.utils 000001 -- stderr: 'bad\\x1b[31m'",
    "ERROR fail2ban.utils 000001 -- stderr: 'worse'",
    'ERROR fail2ban.utils 000001 -- returned 3',
  ]);
});

test('a command that is not found gets a hint', async () => {
  const { log } = await run('no-such-command-here');
  assert.ok(log.some((line) => line.startsWith('INFO fail2ban.utils HINT on 127')));
});

test('a command killed by a signal is told of by its name', async () => {
  const { returnCode, log } = await run('kill -SEGV $$');
  assert.equal(returnCode, -11);
  assert.equal(log.at(-1), 'ERROR fail2ban.utils 000001 -- killed with SIGSEGV (return code: -11)');
  const inner = await run('sh -c "kill -KILL \\$\\$"; exit $?');
  assert.equal(inner.log.at(-1), 'ERROR fail2ban.utils 000001 -- killed with SIGKILL (return code: 137)');
});

test('the timeout kills the whole group, also what ignores SIGTERM', async () => {
  const script = 'sh -c \'trap "" TERM; echo $$; while :; do sleep 1; done\' & echo $$; wait';
  const { ok, timedOut, stdout, log } = await run(script, { timeoutSec: 0.3 });
  assert.equal(ok, false);
  assert.equal(timedOut, true);
  const pids = stdout.trim().split('\n').map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(await waitForDeath(pid), `${pid} is dead`);
  assert.ok(log.includes('ERROR fail2ban.utils 000001 -- timed out after 0.3 seconds.'));
  assert.match(log.at(-1)!, /killed with SIG(?:TERM|KILL) \(return code: -(?:15|9)\)$/);
});

test('what a command leaves running in the background does not hold it up', async () => {
  const startedMs = performance.now();
  const { ok, stdout } = await run('sleep 20 & echo $!', { timeoutSec: 15 });
  const pid = Number(stdout);
  assert.equal(ok, true);
  assert.ok(performance.now() - startedMs < 5000);
  assert.ok(isAlive(pid), 'it is left running, as fail2ban leaves it');
  process.kill(pid);
});

test('standard input is closed, the folder is the root, the environment is what was given', async () => {
  const { stdout } = await run('cat; pwd; env | grep -v ^PWD=', { environment: { PATH: '/bin', A: 'b c' } });
  assert.deepEqual(stdout.trim().split('\n').sort(), ['/', 'A=b c', 'PATH=/bin']);
});

test('each command has a process group of its own', async () => {
  const { stdout, pid } = await run('ps -o pgid= -p $$');
  assert.equal(Number(stdout), pid);
});

test('a flood of output is read to its end and cut', async () => {
  const { ok, stdout, log } = await run('yes | head -c 3000000', { outputLimitBytes: 1000 });
  assert.equal(ok, true);
  assert.equal(stdout.length, 1000);
  assert.ok(log.length < 300);
});

test('commands run one at a time; of those that wait the lowest rank is first', async () => {
  const runner = createShellRunner({ logger: new MemoryLogger(), environment: { PATH: '/usr/bin:/bin' } });
  const file = join(folder, 'order');
  const order = [2, 1, 0, 1, 0].map((rank, index) =>
    runner.run(
      {
        script: `[ ! -e ${folder}/busy ] && : >${folder}/busy && sleep 0.02 && echo ${rank}${index} >>${file} && rm ${folder}/busy`,
        args: [],
      },
      { timeoutSec: 10, rank },
    ),
  );
  const results = await Promise.all(order);
  assert.ok(results.every(({ ok }) => ok));
  const { stdout } = await runner.run({ script: `cat ${file}`, args: [] }, { timeoutSec: 10, rank: 0 });
  assert.deepEqual(stdout.trim().split('\n'), ['20', '02', '04', '11', '13']);
});

test('a command that cannot be started is a failure with its reason', async () => {
  const long = await run(`: ${'x'.repeat(200_000)}`);
  assert.equal(long.ok, false);
  assert.match(long.startError!, /E2BIG/);
  assert.match(long.log.at(-1)!, /failed with .*E2BIG/);
  const withNul = await run({ script: 'echo', args: ['a\0b'] });
  assert.equal(withNul.ok, false);
});

test('hostile values reach no shell as code, however the command quotes them', async () => {
  const canary = join(folder, 'canary');
  const hostile = [
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `'; touch ${canary}; '`,
    `"; touch ${canary}; "`,
    `x\ntouch ${canary}\n`,
    `x\r\ntouch ${canary}\r\n`,
    `x touch ${canary}`,
    `& touch ${canary} &`,
    `| touch ${canary}`,
    `\\"; touch ${canary}; \\"`,
    `\${IFS}touch\${IFS}${canary}`,
    `x\0; touch ${canary}; \0`,
    `$(touch ${canary})${'y'.repeat(1_000_000)}`,
    `-e ; touch ${canary}`,
    `\u001b]0;$(touch ${canary})\u0007`,
    `<ip>$(touch ${canary})`,
  ];
  const scripts = [
    'printf %s <F-USER>',
    'printf %s "<F-USER>"',
    "printf %s '<F-USER>'",
    'u=<F-USER>; printf %s "$u"',
    'u="<F-USER>" sh -c \'printf %s "$u"\'',
    'sh -c \'u=<F-USER>; echo "$u"\'',
    'cat <<END\n<F-USER>\n<matches>\nEND',
    'for w in <F-USER>; do :; done',
    'case "<F-USER>" in a) exit 1;; esac',
  ];
  for (const script of scripts) {
    for (const value of hostile) {
      const command = fillValues(script, {
        value: (tag) => (tag === 'matches' ? value : undefined),
        field: () => value,
      });
      const { startError } = await run(command);
      assert.equal(startError, undefined, `${script} with ${value.slice(0, 60)}`);
      assert.equal(existsSync(canary), false, `${script} with ${value.slice(0, 60)}`);
    }
  }
});

test('a variable holds the very text of the value, and is not exported', async () => {
  const value = `a 'b' "c" $(d) \`e\` \\n\n\tf;&|<>*?é`;
  const command = fillValues('printf %s "<matches>"; env | grep -c f2bV', {
    value: () => value,
    field: () => '',
  });
  const { stdout } = await run(command);
  assert.equal(stdout, `${value}0\n`);
});

test('the environment of actions is ours without what concerns only our process', () => {
  const own = {
    PATH: '/opt/x:/usr/bin:./y:/a/node_modules/.bin',
    LANG: 'C',
    KEY: 'k',
    NODE_OPTIONS: '-x',
    NOTIFY_SOCKET: '/s',
  };
  assert.deepEqual(actionEnvironment(own), {
    PATH: '/opt/x:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/bin',
    LANG: 'C',
    KEY: 'k',
  });
});
