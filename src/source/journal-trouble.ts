import { type ChildEnd, escapeControl } from '../base/index.ts';
import type { LogState } from './types.ts';

const longestReason = 300;

/** What to do about what journalctl says, by what it says. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/permission/i, 'run as root, or put the user into the group systemd-journal'],
  [/No such file or directory/, 'check journalpath and journalfiles'],
  [/unrecognized option|invalid option/, 'this journalctl is too old for the options of the backend'],
];

/** Why reading the journal ended, in words, and how the jail stands by that. */
export function journalTrouble(end: ChildEnd): { readonly state: LogState; readonly reason: string } {
  if (end.notFound) {
    const what = 'install systemd, or let the jail read files (backend = auto and a logpath)';
    return { state: 'missing', reason: `${escapeControl(end.errorText)}; ${what}` };
  }
  const said = escapeControl(end.errorText.split('\n').at(-1) ?? '').slice(0, longestReason);
  const what = advice.find(([pattern]) => pattern.test(end.errorText))?.[1];
  const reason = said || `journalctl ended ${end.signal ?? `with code ${end.code}`}`;
  return {
    state: 'unreadable',
    reason: what === undefined ? reason : `${reason.replace(/\.$/, '')}; ${what}`,
  };
}
