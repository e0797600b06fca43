import type { Figures, JailFigures } from '../figures.ts';
import type { HistogramFigures } from './histogram.ts';
import type { Family, Labels } from './text.ts';

type Series = Family['series'];

/** All metrics, each with its series. What bounds the series are the names in the configuration, never what a log holds. */
export function families(figures: Figures, webBytes: number): readonly Family[] {
  return [
    ...daemonFamilies(figures),
    ...jailFamilies(figures.jails),
    ...actionFamilies(figures),
    ...storeFamilies(figures),
    ...tarpitFamilies(figures),
    ...processFamilies(figures, webBytes),
  ];
}

function daemonFamilies(figures: Figures): Family[] {
  const { version, compatibleVersion, nodeVersion, startedSec, jails, lostEvents } = figures;
  const build = { version, fail2ban_version: compatibleVersion, node_version: nodeVersion };
  return [
    gauge('warder_build_info', 'Versions of the daemon; always 1.', [{ labels: build, value: 1 }]),
    gauge('warder_start_time_seconds', 'When the daemon started, since the epoch.', single(startedSec)),
    gauge('warder_jails', 'Jails that run.', single(jails.length)),
    counter('warder_web_lost_events_total', 'Events that the web page was too slow for.', single(lostEvents)),
  ];
}

function jailFamilies(jails: readonly JailFigures[]): Family[] {
  return [
    ...flowFamilies(jails),
    gauge(
      'warder_counted',
      'Addresses with failures that count, and no ban.',
      byJail(jails, (jail) => jail.counted),
    ),
    gauge(
      'warder_banned',
      'Bans in force.',
      byJail(jails, (jail) => jail.banned),
    ),
    gauge(
      'warder_jail_degraded',
      '1 if a log, a rule or an action of the jail does not work.',
      byJail(jails, (jail) => Number(jail.isDegraded)),
    ),
    gauge(
      'warder_jail_idle',
      '1 if the jail reads nothing.',
      byJail(jails, (jail) => Number(jail.isIdle)),
    ),
    gauge(
      'warder_unreadable_logs',
      'Logs that are missing or cannot be read.',
      byJail(jails, (jail) => jail.unreadableLogs),
    ),
    gauge(
      'warder_suspended_rules',
      'Rules that held lines too long and do not run.',
      byJail(jails, (jail) => jail.suspendedRules),
    ),
    histogram(
      'warder_line_to_drop_seconds',
      'From reading a line to the ban in force that it led to.',
      jails.map(({ jail, dropSec }) => ({ labels: { jail }, value: dropSec })),
    ),
  ];
}

function flowFamilies(jails: readonly JailFigures[]): Family[] {
  return [
    counter(
      'warder_log_lines_total',
      'Lines that the rules of a jail were tried on; what holds nothing that a rule requires is passed over.',
      byJail(jails, (jail) => jail.lines),
    ),
    counter(
      'warder_log_read_bytes_total',
      'Bytes of its logs that were read for a jail.',
      byJail(jails, (jail) => jail.bytes),
    ),
    counter(
      'warder_rule_matches_total',
      'Lines that a rule matched, by the index of the failregex.',
      jails.flatMap(({ jail, matches }) =>
        matches.map(([rule, value]) => ({ labels: { jail, rule: rule < 0 ? 'none' : String(rule) }, value })),
      ),
    ),
    counter(
      'warder_failures_total',
      'Failures that counted.',
      byJail(jails, (jail) => jail.failures),
    ),
    counter(
      'warder_bans_total',
      'Bans that came into force, by their cause.',
      jails.flatMap(({ jail, bans }) => [
        { labels: { jail, cause: 'failures' }, value: bans.failure },
        { labels: { jail, cause: 'by_hand' }, value: bans.manual },
        { labels: { jail, cause: 'restored' }, value: bans.restore },
      ]),
    ),
    counter(
      'warder_unbans_total',
      'Bans that ended, by their cause.',
      jails.flatMap(({ jail, unbans }) => [
        { labels: { jail, cause: 'expired' }, value: unbans.expired },
        { labels: { jail, cause: 'by_hand' }, value: unbans.manual },
        { labels: { jail, cause: 'stop' }, value: unbans.stop },
      ]),
    ),
  ];
}

function actionFamilies({ actions, jails }: Figures): Family[] {
  const labelsOf = ({ jail, action, step }: Figures['actions'][number]): Labels => ({ jail, action, step });
  const waiting = (value: (entry: JailFigures['waiting'][number]) => number): Series =>
    jails.flatMap(({ jail, waiting: entries }) =>
      entries.map((entry) => ({ labels: { jail, action: entry[0] }, value: value(entry) })),
    );
  return [
    histogram(
      'warder_action_duration_seconds',
      'How long a step of an action took; of a batch for each of its bans.',
      actions.map((entry) => ({ labels: labelsOf(entry), value: entry.durationSec })),
    ),
    counter(
      'warder_action_errors_total',
      'Steps of actions that failed.',
      actions.map((entry) => ({ labels: labelsOf(entry), value: entry.errors })),
    ),
    gauge(
      'warder_action_waiting',
      'Decisions that wait for an action.',
      waiting(([, decisions]) => decisions),
    ),
    gauge(
      'warder_action_degraded',
      '1 if the last step of the action failed, or its settings cannot be used.',
      waiting(([, , isDegraded]) => Number(isDegraded)),
    ),
  ];
}

function storeFamilies({ database }: Figures): Family[] {
  if (database === null) return [];
  return [
    gauge('warder_database_waiting', 'Changes that wait to be written.', single(database.waiting)),
    gauge(
      'warder_database_degraded',
      '1 if the database cannot be written.',
      single(Number(database.isDegraded)),
    ),
  ];
}

function tarpitFamilies({ tarpit }: Figures): Family[] {
  return [
    gauge('warder_tarpit_connections', 'Connections that the tarpit holds.', single(tarpit.held)),
    gauge('warder_tarpit_capacity', 'Connections that it can hold.', single(tarpit.mostHeld)),
    counter('warder_tarpit_accepted_total', 'Connections that it has taken.', single(tarpit.accepted)),
    counter('warder_tarpit_refused_total', 'Connections beyond its bounds.', single(tarpit.refused)),
    counter(
      'warder_tarpit_wasted_seconds_total',
      'Time that its guests have lost, all connections together.',
      single(tarpit.wastedSec),
    ),
  ];
}

function processFamilies({ memory }: Figures, webBytes: number): Family[] {
  return [
    gauge('warder_process_resident_memory_bytes', 'Resident memory of a process.', [
      { labels: { process: 'daemon' }, value: memory.residentBytes },
      { labels: { process: 'web' }, value: webBytes },
    ]),
    gauge('warder_process_heap_bytes', "JavaScript's memory in the daemon.", single(memory.heapBytes)),
    counter('warder_process_cpu_seconds_total', 'Processor time of the daemon.', single(memory.cpuSec)),
  ];
}

function byJail(jails: readonly JailFigures[], value: (jail: JailFigures) => number): Series {
  return jails.map((jail) => ({ labels: { jail: jail.jail }, value: value(jail) }));
}

function single(value: number): Series {
  return [{ labels: {}, value }];
}

function counter(name: string, help: string, series: Series): Family {
  return { name, help, type: 'counter', series };
}

function gauge(name: string, help: string, series: Series): Family {
  return { name, help, type: 'gauge', series };
}

function histogram(
  name: string,
  help: string,
  series: readonly { readonly labels: Labels; readonly value: HistogramFigures }[],
): Family {
  return { name, help, type: 'histogram', series };
}
