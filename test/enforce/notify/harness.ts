import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Clock, MemoryLogger, systemClock } from '../../../src/base/index.ts';
import {
  type Action,
  type ActionSettings,
  createShellAction,
  Notifier,
  type Outcome,
} from '../../../src/enforce/index.ts';
import { FakeRunner, figures, testNames } from '../harness.ts';
import { actionSettings } from '../shipped.ts';

/** An action whose notices really go out, to whatever fake service the test has named in its parameters. */
export interface NoticeBench {
  readonly action: Action;
  readonly notifier: Notifier;
  readonly logger: MemoryLogger;
  readonly late: Outcome[];
  /** Commands that went to the firewall's queue. */
  readonly runner: FakeRunner;
  readonly folder: string;
}

export interface NoticeBenchOptions {
  readonly clock?: Clock;
  readonly history?: Parameters<typeof createShellAction>[1]['history'];
  /** Programs in the PATH of notices, by name: the text of a shell script. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly jail?: string;
}

export function noticeBench(
  context: TestContext,
  settings: string | ActionSettings,
  options: NoticeBenchOptions = {},
): NoticeBench {
  const folder = mkdtempSync(join(tmpdir(), 'warder-notices-'));
  const logger = new MemoryLogger();
  const clock = options.clock ?? systemClock;
  for (const [name, script] of Object.entries(options.programs ?? {})) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const environment = { PATH: `${folder}:/usr/sbin:/usr/bin:/bin`, FOLDER: folder };
  const notifier = new Notifier({ clock, logger, names: testNames, environment });
  const runner = new FakeRunner();
  const late: Outcome[] = [];
  const action = createShellAction(typeof settings === 'string' ? actionSettings(settings) : settings, {
    jail: options.jail ?? 'sshd',
    runner,
    logger,
    clock,
    names: testNames,
    figures,
    history: options.history,
    allowIpv6: () => true,
    rank: () => 0,
    notifier,
    onLate: (outcome) => late.push(outcome),
  });
  context.after(async () => {
    await notifier.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { action, notifier, logger, late, runner, folder };
}

/** A sendmail that keeps each message in a file, after a line with its arguments. */
export const keepingSendmail = 'file=$(mktemp "$FOLDER/mail.XXXXXX")\n{ echo "ARGS $*"; cat; } >"$file"';

/** The mails that it has kept; with `about` only those whose subject has it. */
export function keptMails(folder: string, about = ''): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith('mail.'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .filter((mail) => /^Subject: .*(?:\n .*)*/m.exec(mail)?.[0].includes(about))
    .sort();
}

/** Texts of an attacker that have broken somebody's shell, header, JSON or terminal before. */
export const hostileTexts: readonly string[] = [
  'root; touch /tmp/warder-pwned; #',
  '$(touch /tmp/warder-pwned)',
  '`touch /tmp/warder-pwned`',
  `'"'; touch /tmp/warder-pwned; '"`,
  'x\nBcc: victim@example.org\n\nbody',
  'x\r\nBcc: victim@example.org\r\n\r\n.\r\nMAIL FROM:<x@y>',
  '.\n~!touch /tmp/warder-pwned',
  '", "admin": true, "x": "',
  '\\", \\u0022, \u2028',
  '\u001b]0;owned\u0007\u001b[2J',
  '%0d%0aX-Injected: 1 ?a=b&c=d#',
  '\u202egnp.exe \ud800 lone',
  '<ip> <matches> <F-USER> <abuseipdb_apikey>',
  '-oQ/tmp/warder-pwned',
  'A'.repeat(1_000_000),
];

/** The settings of a shipped action with the hosts of its requests replaced by a fake service. */
export function redirected(text: string, url: string): ActionSettings {
  const settings = actionSettings(text);
  const properties = Array.from(
    settings.properties,
    ([name, value]) =>
      [name, typeof value === 'string' ? value.replace(/https:\/\/[a-z0-9.-]+/, url) : value] as const,
  );
  return { ...settings, properties: new Map(properties) };
}
