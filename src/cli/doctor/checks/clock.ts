import type { JailConfig } from '../../../config/index.ts';
import { span } from '../../warder/span.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import type { Check, Subject } from '../subject.ts';

const { good, problem } = findingsAbout('clock');

const tailBytes = 64 * 1024;
const mostLines = 200;
/** Clocks of time zones differ by whole quarters of an hour, which a late line does only by chance. */
const quarterSec = 900;
const tolerance = 30;

/** Whether the dates in the logs are of the time at which they were written. */
export const checkClock: Check = (subject) => {
  const logs = subject.configuration.jails
    .filter(({ configError, backend }) => configError === undefined && !backend.startsWith('systemd'))
    .flatMap((jail) => logsOf(jail, subject));
  const wrong = logs.filter((finding) => finding !== 'right');
  if (wrong.length > 0) return wrong;
  return logs.length === 0
    ? []
    : [
        good(
          `the newest lines of ${logs.length === 1 ? 'the log have' : `${logs.length} logs have`} the time at which they were written`,
        ),
      ];
};

function logsOf(jail: JailConfig, subject: Subject): (Finding | 'right')[] {
  const dateOf = subject.datesOf(jail);
  if (dateOf === undefined) return [];
  const { machine } = subject;
  return jail.logPaths
    .flatMap(({ pattern }) => machine.expand(pattern).slice(0, 20))
    .flatMap((path): (Finding | 'right')[] => {
      const writtenSec = machine.file(path)?.changedSec;
      const text = machine.tail(path, tailBytes)?.toString('utf8') ?? '';
      const lines = text
        .split('\n')
        .slice(-mostLines)
        .filter((line) => line.trim() !== '')
        .toReversed();
      if (writtenSec === undefined || lines.length === 0) return [];
      for (const line of lines) {
        const dateSec = dateOf(line.slice(0, 4096));
        if (dateSec !== undefined) return [judge(jail, path, writtenSec - dateSec)];
      }
      return [
        problem(`no line at the end of ${path} has a date that ${jail.name} can read`, {
          hint: `set datepattern for ${jail.name}; warder test ${path} ${jail.filter?.name ?? 'FILTER'} shows what it makes of the lines`,
        }),
      ];
    });
}

/** `behindSec`: how much older than its writing the line says that it is. */
function judge(jail: JailConfig, path: string, behindSec: number): Finding | 'right' {
  const quarters = Math.round(behindSec / quarterSec);
  const isZone =
    quarters !== 0 &&
    Math.abs(quarters) <= 14 * 4 &&
    Math.abs(behindSec - quarters * quarterSec) <= tolerance;
  const isAhead = behindSec < -120;
  if (!isZone && !isAhead) return 'right';
  const shown = span(Math.abs(isZone ? quarters * quarterSec : behindSec));
  const where = isAhead ? 'ahead of' : 'behind';
  const effect = isAhead ? 'failures count too long' : 'failures look old and may not count';
  return problem(`dates in ${path} are ${shown} ${where} the time at which they were written: ${effect}`, {
    hint: `the service writes in another time zone: set logtimezone = UTC+HHMM for ${jail.name}, or give both the same zone (timedatectl) and restart them`,
  });
}
