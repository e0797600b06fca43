import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pythonStr } from '../../base/index.ts';
import type { Configuration, JailConfig, Origin, StreamCommand } from '../../config/index.ts';
import type { Finding } from './finding.ts';

const about = 'configuration';

export interface RollbackContext {
  /** The administrator's folder: all that fail2ban would read. */
  readonly folder: string;
  /** Whether fail2ban's own package brings a file of this name, below the folder. */
  readonly isStock: (relativePath: string) => boolean;
}

/** What of the configuration fail2ban 1.0.2 would refuse, overlook, or understand in another way. */
export function checkConfiguration(
  configuration: Configuration,
  context: RollbackContext,
): readonly Finding[] {
  const findings = [
    ...configuration.jails.flatMap((jail) => [...jailFindings(jail), ...fileFindings(jail, context)]),
    ...formerLocal(context),
    ...stockFolder(context),
  ];
  if (findings.some(({ verdict }) => verdict === 'problem')) return findings;
  const count = configuration.jails.length;
  return [
    { about, verdict: 'good', message: `nothing in the ${count} enabled jails is unknown to fail2ban 1.0.2` },
    ...findings,
  ];
}

function jailFindings(jail: JailConfig): Finding[] {
  return jail.commands.flatMap((command) => commandFindings(jail.name, command));
}

function commandFindings(jail: string, { args, origin }: StreamCommand): Finding[] {
  const [, , option, ...values] = args;
  const words = values.map(pythonStr);
  if (option === 'logformat' && words[0] !== 'text' && words[0] !== '') {
    return [
      problem(
        jail,
        origin,
        `logformat = ${words[0]} is unknown to fail2ban, which would match nothing in such a log`,
      ),
    ];
  }
  if (option === 'addignoreip') {
    const files = words.filter((word) => word.startsWith('file:'));
    return files.map((word) =>
      problem(
        jail,
        origin,
        `ignoreip = ${word}: fail2ban 1.0.2 takes it for a host name, so who is in that file would be banned`,
        'write the addresses into ignoreip',
      ),
    );
  }
  return option === 'action' ? actionFindings(jail, args, origin) : [];
}

/** `set JAIL action NAME PROPERTY VALUE`, or `multi-set` with a list of such pairs. */
function actionFindings(jail: string, args: StreamCommand['args'], origin: Origin | undefined): Finding[] {
  const rest = args.slice(4);
  const pairs = Array.isArray(rest[0])
    ? rest[0].map((pair) => (Array.isArray(pair) ? pair.map(pythonStr) : []))
    : [rest.map(pythonStr)];
  return pairs.flatMap(([property = '', value = '']) => {
    const name = property.replace(/\?.*$/, '');
    if (name === 'chain' && value.includes(',')) {
      return [
        problem(
          jail,
          origin,
          `chain = ${value}: fail2ban knows one chain only, and its firewall commands would fail`,
          'name one chain',
        ),
      ];
    }
    if (name === 'blocktype' && /\bTARPIT\b/.test(value)) {
      return [
        problem(
          jail,
          origin,
          `blocktype = ${value} needs the kernel module xt_TARPIT with fail2ban`,
          'use DROP',
        ),
      ];
    }
    return [];
  });
}

/** Filters and actions that only Warder brings along. */
function fileFindings(jail: JailConfig, { folder, isStock }: RollbackContext): Finding[] {
  const filter = jail.filter?.name ?? '';
  const files = [
    ...(filter === '' ? [] : [`filter.d/${filter.replace(/\[.*$/s, '')}`]),
    ...jail.actions.map((action) => `action.d/${action.file.replace(/\.conf$/, '')}`),
  ];
  return [...new Set(files)]
    .filter(
      (name) => !['conf', 'local', 'py'].some((suffix) => existsSync(join(folder, `${name}.${suffix}`))),
    )
    .filter((name) => !isStock(`${name}.conf`) && !isStock(`${name}.py`))
    .map((name) =>
      problem(
        jail.name,
        undefined,
        `${name}.conf is Warder's own, fail2ban would not find it`,
        `copy it to ${folder}, or use another`,
      ),
    );
}

/** Warder honours the file in every iptables action, fail2ban since 1.0.1 in none. */
function formerLocal({ folder }: RollbackContext): Finding[] {
  const file = join(folder, 'action.d/iptables-common.local');
  if (!existsSync(file)) return [];
  const message = 'fail2ban 1.0.2 does not read this file';
  return [{ about, verdict: 'problem', file, message, hint: 'its name is action.d/iptables.local now' }];
}

function stockFolder({ folder }: RollbackContext): Finding[] {
  if (existsSync(join(folder, 'jail.conf'))) return [];
  const message = `${folder} has no jail.conf: fail2ban's package brings it, with filters and actions`;
  return [{ about, verdict: 'note', message }];
}

function problem(jail: string, origin: Origin | undefined, text: string, hint?: string): Finding {
  const place = origin === undefined ? {} : { file: origin.file, line: origin.line };
  return {
    about,
    verdict: 'problem',
    message: `jail ${jail}: ${text}`,
    ...place,
    ...(hint === undefined ? {} : { hint }),
  };
}
