import { escapeControl, type WarderError } from '../base/index.ts';
import type { Configuration } from '../config/index.ts';
import type { Finding, Severity } from '../lint/index.ts';

/** One thing that is wrong, from the reader of the configuration or from the linter. */
export type Report = Omit<Finding, 'code' | 'severity'> & {
  readonly severity: Severity;
  readonly code?: string;
};

/** How reports are shown. */
export interface ReportStyle {
  readonly colours: boolean;
  /** Shows notes too, and for each finding an example. */
  readonly verbose: boolean;
}

const colourOf: Readonly<Record<Severity, number>> = { error: 31, warning: 33, info: 36 };
const longestExample = 300;

/** The errors and warnings of the reader, as reports. */
export function configurationReports({ errors, warnings }: Configuration): Report[] {
  return [
    ...errors.map(errorReport),
    ...warnings.map(
      ({ message, origin, jail }): Report => ({
        severity: 'warning',
        message,
        ...origin,
        ...(jail === undefined ? {} : { jail }),
      }),
    ),
  ];
}

function errorReport({ code, message, file, line, jail, hint }: WarderError): Report {
  return {
    severity: 'error',
    code,
    message,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(jail === undefined ? {} : { jail }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A report as text: `file:line: warning: message [CODE]`, the hint in a line below. */
export function formatReport(report: Report, { colours, verbose }: ReportStyle): string {
  const { severity, message, file, line, option, filter, jail, hint, example, code } = report;
  const paint = (text: string): string => (colours ? `\x1b[1;${colourOf[severity]}m${text}\x1b[0m` : text);
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  const subject = option === undefined ? '' : `${option}: `;
  const owner = jail !== undefined ? ` (jail ${jail})` : filter !== undefined ? ` (filter ${filter})` : '';
  const end = code === undefined ? '' : ` [${code}]`;
  const lines = [
    `${escapeControl(place)}${paint(severity)}: ${escapeControl(subject + message + owner)}${end}`,
  ];
  if (hint !== undefined) lines.push(`    ${escapeControl(hint)}`);
  if (verbose && example !== undefined) lines.push(`    for example: ${escapeControl(shorten(example))}`);
  return `${lines.join('\n')}\n`;
}

function shorten(text: string): string {
  return text.length > longestExample ? `${text.slice(0, longestExample)}…` : text;
}

/** How many there are of each severity: `2 errors, 1 warning`; empty if there are none. */
export function countReports(reports: readonly Pick<Report, 'severity'>[]): string {
  const parts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = reports.filter((report) => report.severity === severity).length;
    const noun = severity === 'info' ? 'note' : severity;
    return count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
  });
  return parts.join(', ');
}
