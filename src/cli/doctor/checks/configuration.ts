import { findingsAbout } from '../finding.ts';
import { type Check, healthOf } from '../subject.ts';

const { good, warning, problem } = findingsAbout('configuration');

/** What is wrong with the configuration, beside jails that cannot run at all. */
export const checkConfiguration: Check = ({ configuration }) => {
  const told = new Set(
    configuration.jails.flatMap(({ configError, errors }) => (configError === undefined ? [] : errors)),
  );
  // A missing log is told with the logs.
  const errors = configuration.errors.filter(
    (error) => !told.has(error) && error.code !== 'CONFIG_NO_LOG_FILE',
  );
  const findings = errors.slice(0, 10).map(({ message, file, line, jail, hint }) =>
    problem(jail === undefined ? message : `${jail}: ${message}`, {
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      hint: hint ?? 'correct it, then warder reload',
    }),
  );
  const warnings = configuration.warnings.length;
  if (warnings > 0)
    findings.push(
      warning(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'} about it`, {
        hint: 'warder check shows them',
      }),
    );
  if (findings.length > 0 || told.size > 0) return findings;
  const { length } = configuration.jails;
  return [
    good(`${length} ${length === 1 ? 'jail is' : 'jails are'} enabled, and nothing is wrong with the files`),
  ];
};

/** What keeps the tarpit from holding anybody. */
export const checkTarpit: Check = (subject) => {
  const { daemon } = subject;
  if (daemon.state !== 'answers' || healthOf(subject) === undefined) return [];
  const about = findingsAbout('tarpit');
  return daemon.tarpitProblems.map((text) =>
    about.warning(text, { hint: 'bans drop meanwhile; see docs/tarpit.md' }),
  );
};
