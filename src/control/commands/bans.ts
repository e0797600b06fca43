import { formatLogTime, type PythonValue, pythonRepr, WarderError } from '../../base/index.ts';
import type { BanInForce } from '../server-api.ts';
import type { Call } from './types.ts';
import { incomplete, list, textArgs } from './values.ts';

/** `set JAIL banip ID…`: the number of new bans. */
export async function banIp(call: Call): Promise<number> {
  const ids = textArgs(call.args, 0);
  const jail = call.jail();
  return ids.length === 0 ? 0 : jail.ban(ids);
}

/** `set JAIL unbanip [--report-absent] ID…`: the number of bans that ended. */
export async function unbanIp(call: Call): Promise<number> {
  const words = textArgs(call.args, 0);
  const reportAbsent = words[0] === '--report-absent';
  const ids = reportAbsent ? words.slice(1) : words;
  const jail = call.jail();
  if (ids.length === 0) return 0;
  const { ended, absent } = await jail.unban(ids);
  if (reportAbsent && absent.length > 0) {
    throw new WarderError('NOT_BANNED', `not banned: ${pythonRepr(list(absent))}`, { jail: call.jailName });
  }
  return ended;
}

/** `set JAIL attempt ID [LINE…]`. A stream's attempt is left out, as fail2ban does: a configuration tells of no failures. */
export async function attempt(call: Call): Promise<PythonValue> {
  if (call.quiet) return null;
  const jail = call.jail();
  const [id, ...lines] = textArgs(call.args, 0);
  if (id === undefined) throw incomplete();
  return jail.attempt(id, lines);
}

/** `get JAIL banned [ID…]`: all ids, or 1 or 0 for one, or a list of those for several. */
export function isBanned(call: Call): PythonValue {
  const ids = textArgs(call.args, 0);
  const jail = call.jail();
  if (ids.length === 0) return list(jail.bannedIds());
  const answers = ids.map((id) => (jail.isBanned(id) ? 1 : 0));
  return answers.length === 1 ? answers[0]! : answers;
}

/** `get JAIL banip [--with-time]`: the bans by their end, soonest first. */
export function banList(call: Call): PythonValue {
  const bans = call
    .jail()
    .bans()
    .toSorted((a, b) => endSec(a) - endSec(b));
  return bans.map(call.args[0] === '--with-time' ? describeBan : (ban) => ban.id);
}

const never = Number.MAX_SAFE_INTEGER;

function endSec(ban: BanInForce): number {
  return ban.banTimeSec < 0 ? never : ban.timeSec + ban.banTimeSec;
}

/** `192.0.2.1 \t2026-11-22 15:28:49 + 600 = 2026-11-22 15:38:49`. */
function describeBan(ban: BanInForce): string {
  const length = Math.trunc(ban.banTimeSec);
  return `${ban.id} \t${timeText(ban.timeSec)} + ${length} = ${timeText(endSec(ban))}`;
}

/** fail2ban shows what ends with or after the year 9999 as its last second. */
const lastShownSec = 253_402_214_400;

function timeText(timeSec: number): string {
  if (timeSec >= lastShownSec) return '9999-12-31 23:59:59';
  return formatLogTime(timeSec).slice(0, 'YYYY-MM-DD HH:MM:SS'.length);
}
