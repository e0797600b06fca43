import { findingsAbout } from '../finding.ts';
import { type Check, listed } from '../subject.ts';

const { good, problem } = findingsAbout('journal');

/** Where jails read the journal: whether it can be read, and holds anything. */
export const checkJournal: Check = async ({ configuration, machine }) => {
  const jails = configuration.jails
    .filter(({ backend, configError }) => configError === undefined && backend.startsWith('systemd'))
    .map(({ name }) => name);
  if (jails.length === 0) return [];
  const whose = `of ${listed(jails)}`;
  if (machine.find('journalctl') === undefined)
    return [
      problem(`there is no journalctl for the journal ${whose}`, {
        hint: 'apt-get install systemd, or use log files',
      }),
    ];
  const { code, stdout, stderr } = await machine.run('journalctl', [
    '-q',
    '-n',
    '1',
    '-o',
    'json',
    '--no-pager',
  ]);
  if (code === 0 && stdout.trim() !== '') return [good(`the journal ${whose} can be read`)];
  const words = stderr.trim().split('\n')[0] ?? '';
  return [
    problem(
      `the journal ${whose} ${words === '' ? 'is empty, or closed to us' : `cannot be read: ${words}`}`,
      {
        hint: 'start systemd-journald; run as root or in the group systemd-journal',
      },
    ),
  ];
};
