import { escapeControl, type Logger } from '../base/index.ts';
import type { HostJail } from './host-jail.ts';
import type { DetectionEvent } from './host-types.ts';
import type { LogReport } from './protocol.ts';

export interface ReportOptions {
  readonly logger: Logger;
  onEvent?(event: DetectionEvent): void;
}

/** Notes how one of a jail's logs is doing, and tells it where that has changed. */
export function reportLog(jail: HostJail, report: LogReport, options: ReportOptions): void {
  const before = jail.reported(report);
  const { path, state, reason } = report;
  if (state === 'removed' || before?.state === state) return;
  options.onEvent?.({ kind: 'log', jail: jail.name, path, state, reason });
  // The reader of the journal tells about itself.
  if (path === undefined) return;
  const log = (level: 'NOTICE' | 'WARNING' | 'ERROR', message: string): void =>
    options.logger.log(level, 'fail2ban.filter', `[${jail.name}] ${escapeControl(message)}`);
  if (state === 'missing') log('WARNING', `'${path}' is missing; it is read as soon as it appears`);
  else if (state === 'unreadable') log('ERROR', `Unable to read '${path}': ${reason}; it is tried again`);
  else if (before !== undefined) log('NOTICE', `'${path}' is read again`);
}
