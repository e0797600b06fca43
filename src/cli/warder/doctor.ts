import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeError } from '../../base/index.ts';
import { readConfiguration, StockFiles } from '../../config/index.ts';
import { type HealthReport, jsonResult, type TarpitReport } from '../../control/index.ts';
import { lineDates } from '../../daemon/index.ts';
import { loadConfig } from '../check-config.ts';
import { openSession } from '../client.ts';
import { examineMachine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { thisMachine } from '../doctor/machine.ts';
import { checkConfiguration } from '../doctor/rollback-config.ts';
import { checkDatabase } from '../doctor/rollback-database.ts';
import type { DaemonView, Subject } from '../doctor/subject.ts';
import { currentUser, resolvePath, systemConfig, systemPaths } from '../paths.ts';
import { failure, type Program, success } from '../program.ts';
import { ask } from '../session.ts';
import { configLayers, optionText } from '../settings.ts';
import type { GivenOptions } from './commands.ts';
import { findingsText } from './findings-text.ts';

/** Exit codes of the examination: 2 is a wrong command line, as everywhere. */
const [hasProblems, hasWarnings] = [1, 3];

/** `warder doctor`: examines the machine, or, with `--rollback-check`, whether one could go back. */
export async function examine(program: Program, given: GivenOptions): Promise<number> {
  if (given.has('rollback-check')) return checkRollback(program);
  const { terminal, options } = program;
  const findings = await examineMachine(await subjectOf(program), (name) => {
    if (terminal.isTerminal && !options.json) terminal.err(`\r\x1b[Klooking at ${name} …`);
  });
  if (terminal.isTerminal && !options.json) terminal.err('\r\x1b[K');
  const has = (verdict: Finding['verdict']): boolean =>
    findings.some((finding) => finding.verdict === verdict);
  const verdict = has('problem') ? 'problem' : has('warning') ? 'warning' : 'good';
  if (options.json) {
    terminal.out(`${JSON.stringify({ verdict, findings }, null, terminal.isTerminal ? 2 : undefined)}\n`);
  } else terminal.out(findingsText(findings, terminal.isTerminal));
  return { problem: hasProblems, warning: hasWarnings, good: success }[verdict];
}

async function subjectOf(program: Program): Promise<Subject> {
  const { options } = program;
  const { configuration } = await loadConfig(options, { strict: true, allowNoFiles: false });
  const user = currentUser();
  const path = (option: 'dbfile' | 'logtarget'): string =>
    resolvePath(option, optionText(configuration, option) ?? systemPaths[option], user);
  return {
    machine: thisMachine(),
    configuration,
    layers: configLayers(options),
    dbFile: path('dbfile'),
    logTarget: path('logtarget'),
    daemon: await askDaemon(program),
    datesOf: (jail) => {
      try {
        return lineDates(jail);
      } catch {
        return undefined;
      }
    },
  };
}

const askTimeoutMs = 10_000;

async function askDaemon(program: Program): Promise<DaemonView> {
  const { socketPath } = await openSession(program);
  const question = async <T>(word: string): Promise<T | undefined> => {
    const answer = await ask(socketPath, [word], askTimeoutMs);
    return answer.ok ? (jsonResult([word], answer.value) as unknown as T) : undefined;
  };
  try {
    const health = await question<HealthReport>('health');
    const tarpit = health === undefined ? undefined : await question<TarpitReport>('tarpit');
    return { state: 'answers', health, tarpitProblems: tarpit?.problems ?? [] };
  } catch (error) {
    return { state: 'silent', reason: `${socketPath}: ${describeError(error)}` };
  }
}

/**
 * `warder doctor --rollback-check`: whether going back to fail2ban would work now, with the bans and positions as they are
 * and the configuration as it is. Changes nothing. Exit code 0: it would; 255: it would not, or not wholly.
 */
async function checkRollback(program: Program): Promise<number> {
  const { options, terminal } = program;
  const layers = configLayers(options);
  const configuration = readConfiguration({ layers });
  const configured = optionText(configuration, 'dbfile') ?? systemPaths.dbfile;
  const file = resolvePath('dbfile', configured, currentUser());
  const stock = new Set(
    new StockFiles(readFileSync(join(layers[0] ?? '', 'stock-digests.json'), 'utf8')).paths,
  );
  const findings = [
    ...(await checkDatabase(file, { nowSec: Date.now() / 1000 })),
    ...checkConfiguration(configuration, {
      folder: resolve(options.conf ?? systemConfig),
      isStock: (path) => stock.has(path),
    }),
  ];
  const works = findings.every(({ verdict }) => verdict !== 'problem');
  terminal.out(options.json ? `${JSON.stringify({ works, findings })}\n` : asText(findings, works));
  return works ? success : failure;
}

const marks = { good: 'ok', note: 'note', warning: 'warning', problem: 'PROBLEM' } as const;

function asText(findings: readonly Finding[], works: boolean): string {
  const lines = findings.map(({ about, verdict, message, file, line, hint }) => {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    return `${marks[verdict].padEnd(8)} ${about}: ${place}${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
  const verdict = works
    ? 'Going back to fail2ban would work now.'
    : 'Going back to fail2ban would not wholly work now.';
  return [...lines, verdict, ''].join('\n');
}
