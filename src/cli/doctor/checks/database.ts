import { basename, dirname } from 'node:path';
import { describeError } from '../../../base/index.ts';
import { examineDatabase } from '../../../state/index.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import { type Check, healthOf } from '../subject.ts';

const { good, note, warning, problem } = findingsAbout('database');

const largeBytes = 1024 * 1024 * 1024;
const mostWaiting = 1000;

/** Whether what the daemon remembers is sound, and can be written. */
export const checkDatabase: Check = (subject) => {
  const { dbFile: file, machine } = subject;
  if (!file.startsWith('/')) return [note(`there is none (dbfile = ${file}): bans end with a restart`)];
  const findings: Finding[] = [];
  const state = healthOf(subject)?.database;
  if (state?.trouble !== undefined)
    findings.push(
      problem(`the daemon cannot write it: ${state.trouble}`, {
        file,
        hint: 'look at the disk, and at the owner of the folder',
      }),
    );
  if (state !== undefined && state.waiting > mostWaiting)
    findings.push(warning(`${state.waiting} changes wait to be written`, { file }));
  const aside = machine
    .list(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}.damaged`) && !/-(?:wal|shm|journal)$/.test(name));
  if (aside.length > 0) {
    findings.push(
      warning(`it was damaged before; what could be read was saved, the rest lies in ${aside.at(-1)}`, {
        file,
        hint: 'look at the disk (dmesg, smartctl), then delete that file',
      }),
    );
  }
  const facts = machine.file(file);
  if (facts === undefined)
    return [
      ...findings,
      ...(state === undefined
        ? [note('it does not exist yet', { file })]
        : [problem('its file is gone while the daemon runs', { file, hint: 'systemctl restart fail2ban' })]),
    ];
  if (!facts.canRead)
    return [...findings, warning('it cannot be read by us', { file, hint: 'sudo warder doctor' })];
  return [...findings, ...content(file, facts.sizeBytes, machine.nowSec())];
};

function content(file: string, sizeBytes: number, nowSec: number): readonly Finding[] {
  const hint =
    'systemctl restart fail2ban: the file is set aside then, and what can be read is saved into a new one; look at the disk';
  try {
    const { damage, inForce, past, positions } = examineDatabase(file, nowSec);
    if (damage !== undefined) return [problem(`it is damaged: ${damage}`, { file, hint })];
    const size =
      sizeBytes < 1024 * 1024
        ? `${Math.ceil(sizeBytes / 1024)} KB`
        : `${(sizeBytes / 1024 / 1024).toFixed(1)} MB`;
    if (sizeBytes > largeBytes)
      return [
        warning(`it is sound, but large: ${size}`, {
          file,
          hint: 'a smaller dbpurgeage in fail2ban.local keeps it small',
        }),
      ];
    return [
      good(
        `it is sound: ${size}, ${inForce} ${inForce === 1 ? 'ban' : 'bans'} in force, ${past} of the past, ${positions} log ${positions === 1 ? 'position' : 'positions'}`,
        { file },
      ),
    ];
  } catch (error) {
    return [problem(describeError(error), { file, hint })];
  }
}
