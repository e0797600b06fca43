import type { Configuration } from '../../config/index.ts';
import { loadConfig } from '../check-config.ts';
import {
  configurationReports,
  countReports,
  formatReport,
  type Report,
  type ReportStyle,
} from '../check-report.ts';
import { dumpAndTest } from '../dump-config.ts';
import { type LintResult, lintConfig } from '../lint-config.ts';
import { failure, type Program, success } from '../program.ts';

/** What `warder check` is asked for besides names. */
export interface CheckOptions {
  /** Warnings fail, too. */
  readonly strict: boolean;
  /** Also what is in files that nobody has changed. */
  readonly all: boolean;
}

/** Named without being asked for: no mistake, but it costs time on busy logs. */
const everyLine = 'CHECK_EVERY_LINE';

/**
 * `warder check [NAME…]`: what the reader of the configuration and the linter have to say about everything, or about the named
 * jails, filters and filter files. Returns 0, or 255 if there are errors, with `strict` warnings.
 */
export async function check(
  program: Program,
  names: readonly string[],
  { strict, all }: CheckOptions,
): Promise<number> {
  const { options, terminal, log } = program;
  const { configuration } = await loadConfig(options, { strict: true, allowNoFiles: false });
  const linted = await lintConfig(options, configuration, { names, all });
  if (linted.unknown.length > 0) {
    log.error(`there is no jail or filter ${linted.unknown.map((name) => JSON.stringify(name)).join(', ')}`);
    return failure;
  }
  const concerns = ({ jail }: Report): boolean =>
    names.length === 0 || (jail !== undefined && names.includes(jail));
  const reports = [
    ...configurationReports(configuration).filter(concerns),
    ...linted.shown,
    ...(await everyLineReports(configuration)).filter(concerns),
  ];
  const fails = ({ severity }: Report): boolean => severity === 'error' || (strict && severity === 'warning');
  const code = reports.some(fails) ? failure : success;
  const jails = configuration.jails.map(({ name }) => name);
  if (options.json) terminal.out(`${JSON.stringify(asJson(reports, linted, jails, code === success))}\n`);
  else {
    const style = { colours: terminal.isTerminal, verbose: options.verbosity > 1 };
    terminal.out(asText(reports, linted, style, code === success));
  }
  return code;
}

/** Jails whose rules have to be tried on every line of their logs. */
async function everyLineReports(configuration: Configuration): Promise<Report[]> {
  const { everyLineJails } = await import('../../daemon/index.ts');
  return everyLineJails(configuration).map(({ jail, reason }) => ({
    severity: 'info',
    code: everyLine,
    message: `every line of its logs is looked at: ${reason}`,
    jail,
  }));
}

function asText(reports: readonly Report[], linted: LintResult, style: ReportStyle, isGood: boolean): string {
  const shown = reports.filter(
    ({ severity, code }) => severity !== 'info' || code === everyLine || style.verbose,
  );
  const lines = shown.map((report) => formatReport(report, style));
  if (linted.hidden.length > 0) {
    lines.push(`${countReports(linted.hidden)} about files as they were shipped; --all shows them\n`);
  }
  const counts = countReports(reports);
  const notes = reports.length > shown.length ? '; -v shows the notes' : '';
  if (counts !== '') lines.push(`${counts}${notes}\n`);
  lines.push(isGood ? 'OK: the configuration is good\n' : 'The configuration is not good\n');
  return lines.join('');
}

function asJson(
  reports: readonly Report[],
  { hidden }: LintResult,
  jails: readonly string[],
  ok: boolean,
): unknown {
  const of = (severity: Report['severity'], list: readonly Report[]): Report[] =>
    list.filter((report) => report.severity === severity);
  return {
    ok,
    jails,
    errors: of('error', reports),
    warnings: of('warning', reports),
    infos: of('info', reports),
    hidden: {
      errors: of('error', hidden).length,
      warnings: of('warning', hidden).length,
      infos: of('info', hidden).length,
    },
  };
}

/** `warder config dump`: fail2ban-client's `-d`, with `--pretty` its `--dp`. */
export async function dump(program: Program): Promise<number> {
  const dumpAs = program.options.dump === 'pretty' ? ('pretty' as const) : ('lines' as const);
  return (await dumpAndTest({ ...program, options: { ...program.options, dump: dumpAs } })) ?? success;
}
