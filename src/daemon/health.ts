import type { HealthReport, JailHealth } from '../control/index.ts';
import type { CatchUp } from './catch-up.ts';
import type { Detection } from './detection.ts';
import type { JailPipeline } from './jail.ts';
import { logStates } from './log-states.ts';
import type { Persistence } from './persistence.ts';

/** What the report is made of. */
export interface HealthParts {
  /** The running jails. */
  readonly jails: () => Iterable<JailPipeline>;
  readonly detection: Pick<Detection, 'jailStatus'>;
  readonly persistence: Pick<Persistence, 'health'>;
  readonly catchUp: Pick<CatchUp, 'of'>;
  readonly observeOnly: boolean;
  readonly nowSec: () => number;
}

/** How the daemon is; `warder doctor` asks for it. */
export function healthOf(parts: HealthParts): HealthReport {
  const database = parts.persistence.health();
  return {
    observeOnly: parts.observeOnly,
    nowSec: parts.nowSec(),
    jails: Array.from(parts.jails(), (jail) => ({
      ...jailHealth(jail, parts.detection),
      catchingUp: parts.catchUp.of(jail.name),
    })),
    ...(database === undefined ? {} : { database }),
  };
}

/** How one jail is. */
export function jailHealth(jail: JailPipeline, detecting: HealthParts['detection']): JailHealth {
  const { name, settings } = jail;
  const detection = detecting.jailStatus(name);
  const { suspendedRules = [], suspended = false, backend = '' } = detection ?? {};
  return {
    jail: name,
    backend,
    isIdle: settings.idle,
    isDryRun: settings.dryRun,
    isSuspended: suspended,
    suspendedRules,
    logs: logStates(settings, detection),
    actions: jail.actions().map(({ name: action, waiting, held, problem }) => ({
      name: action,
      waiting,
      held,
      ...(problem === undefined ? {} : { problem: problem.text }),
    })),
  };
}
