import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findExecutable, WarderError } from '../../base/index.ts';
import { Actor } from './cast.ts';
import { eachLine } from './children.ts';
import { failedPassword, type LoginLog } from './log-file.ts';
import type { DemoMachine } from './machine.ts';
import { addresses, type Login } from './stage.ts';

/** What is guarded, and how the attacker tries to get in. */
export interface Service {
  readonly described: string;
  attack(attacker: { readonly machine: DemoMachine; readonly actor: Actor }): Promise<Login>;
}

export interface ServicePlace {
  readonly folder: string;
  readonly log: LoginLog;
  readonly machine: DemoMachine;
}

const port = 22;
const patienceMs = 5000;

/** The real OpenSSH where it is installed and starts, else a service of our own that writes the same lines. */
export async function startService(place: ServicePlace): Promise<Service> {
  return (await startSshd(place)) ?? startOwnService(place);
}

async function startSshd({ folder, log, machine }: ServicePlace): Promise<Service | undefined> {
  const sshd = ['/usr/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path));
  const isThere = ['ssh', 'ssh-keygen'].every((name) => findExecutable(name) !== undefined);
  if (sshd === undefined || !isThere) return undefined;
  const files = {
    key: join(folder, 'host-key'),
    config: join(folder, 'sshd_config'),
    ask: join(folder, 'askpass'),
  };
  await writeFile(files.config, sshdConfig(files.key));
  await writeFile(files.ask, '#!/bin/sh\necho "not the password"\n');
  await chmod(files.ask, 0o700);
  const key = await machine.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', files.key]);
  if (key.code !== 0) return undefined;
  await machine.run('mkdir', ['-p', '/run/sshd']);
  const args = ['-f', files.config];
  // Since 9.8 sshd turns away by itself, for seconds, who guesses; older ones do not know the option.
  const mild = ['-o', 'PerSourcePenalties=no'];
  if ((await machine.run(sshd, [...args, ...mild, '-t'])).code === 0) args.push(...mild);
  const server = machine.start(sshd, [...args, '-D', '-e'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const listens = new Promise<boolean>((resolve) => {
    server.once('close', () => resolve(false));
    setTimeout(() => resolve(false), patienceMs).unref();
    eachLine(server.stderr, (line) => {
      log.write(line);
      if (line.startsWith('Server listening')) resolve(true);
    });
  });
  if (!(await listens)) {
    server.kill('SIGKILL');
    return undefined;
  }
  return {
    described: `the sshd of this machine (${await versionOf(machine)}), attacked with ssh`,
    attack: ({ machine: from }) => tryPassword(from, files.ask),
  };
}

function sshdConfig(key: string): string {
  const options = [
    `ListenAddress ${addresses.guarded}`,
    `Port ${port}`,
    `HostKey ${key}`,
    'PidFile none',
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin no',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
  ];
  return `${options.join('\n')}\n`;
}

async function versionOf(machine: DemoMachine): Promise<string> {
  const { stderr } = await machine.run('ssh', ['-V']);
  return /^\S+/.exec(stderr)?.[0]?.replace(/,$/, '') ?? 'OpenSSH';
}

/** Needs nothing but ssh: the password comes from a program that ssh asks in place of a person. */
async function tryPassword(from: DemoMachine, askPass: string): Promise<Login> {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'PreferredAuthentications=password',
    'NumberOfPasswordPrompts=1',
    'ConnectTimeout=3',
    `BindAddress=${addresses.attacker}`,
  ].flatMap((option) => ['-o', option]);
  const env = { SSH_ASKPASS: askPass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0', SSH_AUTH_SOCK: '' };
  // A ban that falls between connecting and the password leaves ssh waiting for a server that cannot answer.
  const limited = ['--kill-after=1', '6', 'ssh', '-F', 'none', '-p', String(port), ...options];
  const { stderr } = await from.run('timeout', [...limited, `root@${addresses.guarded}`, 'true'], { env });
  if (stderr.includes('Permission denied')) return 'password refused';
  return /refused|reset|No route/.test(stderr) ? 'refused' : 'no answer';
}

async function startOwnService({ machine, log }: ServicePlace): Promise<Service> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const actor = new Actor(machine, (news) => {
    if (news.kind === 'serving') resolve();
    else if (news.kind === 'failed')
      reject(new WarderError('DEMO_STAGE', `the service of the demo does not start: ${news.reason}`));
    else if (news.kind === 'login') log.write(failedPassword(news.address, news.port), news.port);
  });
  actor.serve(addresses.guarded, port);
  await promise;
  return {
    described:
      "a service of the demo's own (OpenSSH is not installed, or does not start), which writes sshd's lines",
    attack: async ({ actor: attacker }) => {
      const order = { host: addresses.guarded, port, source: addresses.attacker, patienceMs, keep: false };
      const { outcome } = await attacker.visit({ ...order, password: 'not the password' });
      return outcome === 'greeted' ? 'password refused' : outcome;
    },
  };
}
