import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readConfiguration, StockFiles } from '../../config/index.ts';
import type { Finding } from '../doctor/finding.ts';
import { checkConfiguration } from '../doctor/rollback-config.ts';
import { checkDatabase } from '../doctor/rollback-database.ts';
import { currentUser, resolvePath, systemConfig, systemPaths } from '../paths.ts';
import { failure, type Program, success } from '../program.ts';
import { configLayers, optionText } from '../settings.ts';
import type { GivenOptions } from './commands.ts';

const usageError = 2;

/** `warder doctor`: so far it knows one examination, which has to be asked for. */
export async function examine(program: Program, given: GivenOptions): Promise<number> {
  if (given.has('rollback-check')) return checkRollback(program);
  program.terminal.err("warder: doctor needs --rollback-check; see 'warder doctor -h'\n");
  return usageError;
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

const marks = { good: 'ok', note: 'note', problem: 'PROBLEM' } as const;

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
