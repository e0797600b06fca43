import { dirname } from 'node:path';
import { type Finding, findingsAbout } from '../finding.ts';
import type { Check } from '../subject.ts';

const { good, warning, problem } = findingsAbout('disk');

const littleBytes = 100 * 1024 * 1024;
const nothingBytes = 8 * 1024 * 1024;

/** Whether there is room for what the daemon writes. */
export const checkDisk: Check = ({ machine, dbFile, logTarget }) => {
  const places: (readonly [string, string])[] = [];
  if (dbFile.startsWith('/')) places.push(['the database', dirname(dbFile)]);
  if (logTarget.startsWith('/')) places.push(['the log', dirname(logTarget)]);
  return places.map(([what, folder]): Finding => {
    const space = machine.space(folder);
    if (space === undefined) return warning(`the space for ${what} in ${folder} cannot be told`);
    if (space.isOutOfNames)
      return problem(`no more files can be made in ${folder}, where ${what} lies`, {
        hint: 'delete files (df -i shows them)',
      });
    const left = `${megabytes(space.freeBytes)} left for ${what} in ${folder}`;
    if (space.freeBytes < nothingBytes)
      return problem(`the disk is full: ${left}`, {
        hint: 'make room; until then bans are made and forgotten at a restart',
      });
    if (space.freeBytes < littleBytes) return warning(`little room: ${left}`, { hint: 'make room' });
    return good(left);
  });
};

function megabytes(bytes: number): string {
  const mega = bytes / 1024 / 1024;
  return mega >= 10_240
    ? `${Math.round(mega / 1024)} GB`
    : `${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MB`;
}
