import type { HealthReport } from '../../control/index.ts';

/** Fewer are done before anybody could ask again. */
const manyWaiting = 100;

/** What does not work, or is not meant to, as jail (or part of the daemon) and sentence. */
export function troublesOf({
  jails,
  database,
}: HealthReport): readonly (readonly [about: string, text: string])[] {
  const ofJails = jails.flatMap(
    ({ jail, isIdle, isDryRun, isSuspended, suspendedRules, logs, catchingUp, actions }) => [
      ...(isIdle ? [[jail, 'it is idle: it reads no logs'] as const] : []),
      ...(isDryRun ? [[jail, 'it only says what it would do (dryrun)'] as const] : []),
      ...(isSuspended ? [[jail, 'its detection is suspended'] as const] : []),
      ...suspendedRules.map((rule) => [jail, `${rule} is suspended, since it held lines too long`] as const),
      ...logs
        .filter(({ state }) => state !== 'reading')
        .map(
          ({ path, state, reason }) =>
            [jail, `${path} is ${state}${reason === '' ? '' : `: ${reason}`}`] as const,
        ),
      ...(catchingUp ?? []).map(
        ({ path, percent }) => [jail, `it is catching up with ${path}: ${percent} % read`] as const,
      ),
      ...actions
        .filter(({ waiting }) => waiting >= manyWaiting)
        .map(
          ({ name, waiting, held }) =>
            [jail, `action ${name} has ${waiting} decisions before it (${held} bans made)`] as const,
        ),
      ...actions.flatMap(({ name, problem }) =>
        problem === undefined ? [] : [[jail, `action ${name}: ${problem}`] as const],
      ),
    ],
  );
  const trouble = database?.trouble;
  return trouble === undefined ? ofJails : [...ofJails, ['database', trouble] as const];
}
