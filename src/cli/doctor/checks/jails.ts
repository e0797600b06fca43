import type { HealthReport } from '../../../control/index.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import { type Check, healthOf, listed, type Subject } from '../subject.ts';

const { good, note, warning, problem } = findingsAbout('jails');

/** Whether every jail that is enabled runs, with all its rules and actions. */
export const checkJails: Check = (subject) => {
  const { configuration } = subject;
  const broken = configuration.jails.flatMap((jail): Finding[] => {
    const { name, configError, errors } = jail;
    if (configError === undefined) return [];
    const [error] = errors;
    return [
      problem(`${name} cannot run: ${configError}`, {
        ...(error?.file === undefined ? {} : { file: error.file }),
        ...(error?.line === undefined ? {} : { line: error.line }),
        hint: `warder check ${name}`,
      }),
    ];
  });
  if (configuration.jails.length === 0)
    return [
      problem('no jail is enabled, so nothing is guarded', {
        hint: 'write enabled = true below a jail of jail.local',
      }),
    ];
  const health = healthOf(subject);
  if (health === undefined) return broken;
  const running = new Set(health.jails.map(({ jail }) => jail));
  const missing = configuration.jails
    .filter(({ name, configError }) => configError === undefined && !running.has(name))
    .map(({ name }) =>
      problem(`${name} is enabled and does not run`, {
        hint: `warder reload, and look into the log for ${name}`,
      }),
    );
  const states = health.jails.flatMap(({ jail, isIdle, isDryRun, isSuspended, suspendedRules, actions }) => [
    ...(isIdle
      ? [problem(`${jail} is idle: it reads no logs`, { hint: `fail2ban-client set ${jail} idle off` })]
      : []),
    ...(isDryRun ? [note(`${jail} only says what it would do (dryrun)`)] : []),
    ...(isSuspended ? [problem(`the detection of ${jail} is suspended`, { hint: suspendedHint(jail) })] : []),
    ...suspendedRules.map((rule) =>
      problem(`${rule} of ${jail} is suspended, since it held lines too long`, { hint: suspendedHint(jail) }),
    ),
    ...actions.flatMap(({ name, problem: text, waiting }) => [
      ...(text === undefined
        ? []
        : [problem(`action ${name} of ${jail}: ${text}`, { hint: 'the log has the whole output' })]),
      ...(waiting > mostWaiting ? [warning(`${waiting} decisions wait for action ${name} of ${jail}`)] : []),
    ]),
  ]);
  const findings = [...broken, ...missing, ...states, ...outdated(subject, health)];
  const isWell = findings.every(({ verdict }) => verdict === 'note');
  return isWell ? [good(`${running.size} run: ${listed([...running])}`), ...findings] : findings;
};

/** Jails whose actions are others than the configuration asks for now. */
function outdated({ configuration }: Subject, { jails, observeOnly }: HealthReport): readonly Finding[] {
  if (observeOnly) return [];
  return configuration.jails.flatMap(({ name, actions, configError }) => {
    const running = jails.find(({ jail }) => jail === name);
    if (running === undefined || configError !== undefined) return [];
    const [now, wanted] = [running.actions, actions].map((list) =>
      list.map((action) => action.name).join(', '),
    );
    if (now === wanted) return [];
    const text = `${name} runs with ${now || 'no action'}, and the configuration asks for ${wanted || 'none'} now`;
    return [warning(text, { hint: 'warder reload' })];
  });
}

const mostWaiting = 10_000;

function suspendedHint(jail: string): string {
  return `warder check ${jail} names slow rules; correct it and reload`;
}
