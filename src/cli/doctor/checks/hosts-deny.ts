import { type Finding, findingsAbout } from '../finding.ts';
import { type Check, listed, toolOf, usedActions } from '../subject.ts';

const { good, note, warning, problem } = findingsAbout('hosts.deny');

const usualFile = '/etc/hosts.deny';
/** In newer releases a program of its own serves each session. */
const sshdPrograms = ['/usr/lib/openssh/sshd-session', '/usr/libexec/openssh/sshd-session'];

/** Where bans go into hosts.deny: whether it can be written, and sshd heeds it. */
export const checkHostsDeny: Check = (subject) => {
  const { machine } = subject;
  const used = usedActions(subject).filter(({ action }) => toolOf(action) === 'hosts.deny');
  if (used.length === 0) return [];
  const findings: Finding[] = [];
  for (const file of new Set(
    used.map(({ action }) => String(action.options.get('file')?.value ?? usualFile)),
  )) {
    const facts = machine.file(file);
    if (facts?.canWrite === true) findings.push(good(`${file} can be written`));
    else {
      const what = facts === undefined ? 'is not there' : 'cannot be written';
      findings.push(
        problem(`${file} ${what}, so bans do not reach it`, {
          file,
          hint: `touch ${file}; look at its owner, and whether the disk is read-only`,
        }),
      );
    }
  }
  const sshd = machine.find('sshd');
  const jails = listed([...new Set(used.map(({ jail }) => jail))]);
  if (sshd === undefined)
    return [...findings, note(`there is no sshd that hosts.deny could guard (${jails})`)];
  const programs = [sshd, ...sshdPrograms].filter((path) => machine.file(path) !== undefined);
  if (programs.some((path) => machine.read(path)?.includes('libwrap.so') === true))
    return [...findings, good('sshd heeds hosts.deny (it is linked with libwrap)')];
  return [
    ...findings,
    warning(
      `sshd (${sshd}) is built without libwrap and does not read hosts.deny; the firewall alone holds bans of ${jails}`,
      {
        hint: 'see that a firewall banaction works, or set banaction_hostsdeny to nothing in jail.local',
      },
    ),
  ];
};
