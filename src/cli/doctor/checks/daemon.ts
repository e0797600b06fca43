import { findingsAbout } from '../finding.ts';
import type { Check } from '../subject.ts';

const { good, note, warning, problem } = findingsAbout('daemon');

/** Whether the daemon answers, and nothing else does its work. */
export const checkDaemon: Check = ({ daemon, machine }) => {
  const findings = [
    ...(machine.isRoot
      ? []
      : [
          warning('doctor does not run as root, so it does not see everything', {
            hint: 'sudo warder doctor',
          }),
        ]),
    ...formerFail2ban(machine.processes()).map((line) =>
      problem(`fail2ban itself runs as well: ${line}`, {
        hint: 'systemctl disable --now fail2ban, and start warder again',
      }),
    ),
  ];
  if (daemon.state === 'silent') {
    const hint = 'systemctl start fail2ban, or warder run; its log says why it does not';
    return [problem(`no daemon answers, so nobody is banned: ${daemon.reason}`, { hint }), ...findings];
  }
  if (daemon.health === undefined) {
    return [
      warning('a server answers that is not Warder, or an older one', { hint: 'restart it' }),
      ...findings,
    ];
  }
  const observes = daemon.health.observeOnly
    ? [note('it only observes: it was started by somebody who is not root')]
    : [];
  return [good('it answers'), ...observes, ...findings];
};

/** fail2ban in Python; ours has no Python in its command line. */
function formerFail2ban(processes: readonly string[]): readonly string[] {
  return processes
    .filter((line) => /^\S*python\S* (?:\S+ )*?\S*fail2ban-server\b/.test(line))
    .map((line) => line.slice(0, 120));
}
