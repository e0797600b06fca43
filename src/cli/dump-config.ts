import type { Configuration } from '../config/index.ts';
import type { Finding } from '../lint/index.ts';
import { readConfig } from './check-config.ts';
import { failure, type Program, success } from './program.ts';

/**
 * `-d` and `-t`. Returns the exit code, or undefined when a command follows a test that was passed.
 */
export async function dumpAndTest({ options, terminal, log }: Program): Promise<number | undefined> {
  const isDump = options.dump !== 'no';
  const { configuration, usable } = await readConfig(options, log, {
    strict: options.test,
    allowNoFiles: isDump,
  });
  if (isDump) {
    const { formatStream, formatStreamPretty, toStream } = await import('../config/index.ts');
    const format = options.dump === 'pretty' ? formatStreamPretty : formatStream;
    terminal.out(format(toStream(configuration)));
    if (!options.test) {
      if (!usable) log.error('Init of command line failed');
      return usable ? success : failure;
    }
  }
  const findings = options.test ? await warnOfFindings({ options, log }, configuration) : [];
  if (options.words.length > 0 && usable) return undefined;
  if (options.json) terminal.out(`${JSON.stringify(report(configuration, findings))}\n`);
  else if (usable) terminal.out('OK: configuration test is successful\n');
  else log.error('ERROR: test configuration failed');
  return usable ? success : failure;
}

/** What the linter finds in the files that somebody has changed: warnings only, so that a test stays what it was. */
async function warnOfFindings(
  { options, log }: Pick<Program, 'options' | 'log'>,
  configuration: Configuration,
): Promise<readonly Finding[]> {
  const { lintConfig } = await import('./lint-config.ts');
  const { formatReport } = await import('./check-report.ts');
  const { shown } = await lintConfig(options, configuration, { names: [], all: false, onlyUsed: true });
  const findings = shown.filter(({ severity }) => severity !== 'info');
  for (const finding of findings) {
    const text = formatReport({ ...finding, severity: 'warning' }, { colours: false, verbose: false });
    log.log('WARNING', 'fail2ban.lint', text.trimEnd().replace(/\n\s+/g, ' – '));
  }
  return findings;
}

/** What `-t --json` prints. */
function report({ errors, warnings, jails }: Configuration, findings: readonly Finding[]): unknown {
  return {
    ok: errors.length === 0,
    jails: jails.map(({ name }) => name),
    errors: errors.map(({ code, message, file, line, jail, hint }) => ({
      code,
      message,
      file,
      line,
      jail,
      hint,
    })),
    warnings: [...warnings.map(({ message, origin, jail }) => ({ message, ...origin, jail })), ...findings],
  };
}
