import type { JailConfig } from '../../../config/index.ts';
import { span } from '../../warder/span.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import { type Check, healthOf, type Subject } from '../subject.ts';

const { good, warning, problem } = findingsAbout('logs');

/** A log that nobody has written to for so long may be the wrong one. */
const stillSec = 14 * 86_400;

/** Whether the logs are there, can be read, and grow. */
export const checkLogs: Check = (subject) => {
  const findings = subject.configuration.jails
    .filter(({ configError }) => configError === undefined)
    .flatMap((jail) => jailLogs(jail, subject));
  const states = (healthOf(subject)?.jails ?? []).flatMap(({ jail, logs }) =>
    logs
      .filter(({ state, path }) => state === 'unreadable' && path.startsWith('/'))
      .map(({ path, reason }) =>
        problem(`${jail} cannot read ${path}: ${reason}`, { hint: 'look at its owner and mode' }),
      ),
  );
  const seen = new Set(findings.map(({ message }) => message));
  return [...findings, ...states.filter(({ message }) => !seen.has(message))];
};

function jailLogs(jail: JailConfig, { machine }: Subject): readonly Finding[] {
  if (jail.backend.startsWith('systemd')) return [];
  return jail.logPaths.flatMap(({ pattern, origin }): Finding[] => {
    const place = origin === undefined ? {} : { file: origin.file, line: origin.line };
    const paths = machine.expand(pattern);
    if (paths.length === 0) {
      const hint = 'correct logpath, start the service that writes it, or use backend = systemd';
      return [problem(`${jail.name} has no log: there is no ${pattern}`, { ...place, hint })];
    }
    const facts = paths.map((path) => ({ path, file: machine.file(path) }));
    const closed = facts.filter(({ file }) => file?.canRead !== true).map(({ path }) => path);
    if (closed.length > 0)
      return [
        problem(`${jail.name} cannot read ${closed.join(', ')}`, {
          ...place,
          hint: 'look at its owner and mode',
        }),
      ];
    const newestSec = Math.max(...facts.map(({ file }) => file?.changedSec ?? 0));
    const ageSec = machine.nowSec() - newestSec;
    if (ageSec > stillSec) {
      const hint = 'see whether the service logs elsewhere, or into the journal (backend = systemd)';
      return [
        warning(`nothing was written to ${pattern} of ${jail.name} for ${span(ageSec)}`, { ...place, hint }),
      ];
    }
    if (facts.every(({ file }) => file?.sizeBytes === 0))
      return [
        warning(`${pattern} of ${jail.name} is empty`, {
          ...place,
          hint: 'right after a rotation that is usual; otherwise see where the service logs',
        }),
      ];
    return [good(`${jail.name} reads ${pattern}, last written ${span(ageSec)} ago`)];
  });
}
