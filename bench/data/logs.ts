import { closeSync, openSync, writeSync } from 'node:fs';
import { SeededRandom } from '../../test/support/random.ts';
import { attackerAddresses, guestAddress, ipv6GuestAddress, tenAddress } from './addresses.ts';
import { authRoutine, sshdAttack } from './auth.ts';
import { accessTime, type LogClock, nginxTime, syslogTime } from './log-times.ts';
import { mailAttack, mailRoutine } from './mail.ts';
import { messages } from './stream.ts';
import { quietRoutine, syslogRoutine } from './syslog.ts';
import { accessAttack, accessRoutine, errorAttack, errorRoutine, timeMark } from './web.ts';

/**
 * The logs that there are:
 * - `auth-attack`: auth.log, half of whose lines count as failures of sshd; 40 attackers, a quarter over IPv6
 * - `auth-benign`: the same with 2 %
 * - `auth-ipv6`: auth.log, half attack, with nobody on IPv4
 * - `auth-none`: auth.log without an attack
 * - `many-attackers`: sshd's failures only, each line of another of so many attackers, all over again
 * - `mail`: Postfix and Dovecot, a fifth attack
 * - `nginx-access`: the combined format, a tenth scanners
 * - `nginx-error`: a third attack
 * - `syslog`: everything of a server in one file, one line of a hundred an attack on sshd
 * - `quiet`: of a syslog what no filter wants
 */
export type LogKind =
  | 'auth-attack'
  | 'auth-benign'
  | 'auth-ipv6'
  | 'auth-none'
  | 'many-attackers'
  | 'mail'
  | 'nginx-access'
  | 'nginx-error'
  | 'quiet'
  | 'syslog';

export interface LogShape {
  readonly lines: number;
  /** The same seed and shape give the same bytes. */
  readonly seed: number;
  /** The time of the last line, in seconds since the epoch. */
  readonly endSec: number;
  /** From the first line to the last; what is older than the findtime does not count. */
  readonly spanSec?: number;
  /** Different addresses that attack. */
  readonly attackers?: number;
}

const defaultSpanSec = 500;
const defaultAttackers = 40;
const chunkBytes = 1 << 20;

/** The lines of a log, without line ends, in the order of their time. */
export function* logLines(kind: LogKind, shape: LogShape): Generator<string> {
  const { lines, endSec } = shape;
  const spanSec = shape.spanSec ?? defaultSpanSec;
  const { clock, texts } = recipe(kind, shape);
  const startSec = endSec - spanSec;
  let index = 0;
  for (const text of texts) {
    if (index === lines) return;
    const time = clock(startSec + (spanSec * (index + 1)) / lines);
    yield text.includes(timeMark) ? text.replace(timeMark, time) : `${time} ${text}`;
    index += 1;
  }
}

/** Writes a log; never more of it in memory than a chunk. Returns its size in bytes. */
export function writeLog(path: string, kind: LogKind, shape: LogShape): number {
  const file = openSync(path, 'w');
  let bytes = 0;
  let chunk = '';
  const flush = (): void => {
    const data = Buffer.from(chunk);
    bytes += data.length;
    writeSync(file, data);
    chunk = '';
  };
  try {
    for (const line of logLines(kind, shape)) {
      chunk += `${line}\n`;
      if (chunk.length >= chunkBytes) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
  return bytes;
}

interface Recipe {
  readonly clock: LogClock;
  readonly texts: Iterable<string>;
}

function recipe(kind: LogKind, shape: LogShape): Recipe {
  const random = new SeededRandom(shape.seed);
  const ipv6Part = kind === 'auth-ipv6' ? 1 : 0.25;
  const attackers = attackerAddresses({ attackers: shape.attackers ?? defaultAttackers, ipv6Part });
  const people = {
    attacker: (chance: SeededRandom) => chance.pick(attackers),
    guest: kind === 'auth-ipv6' ? ipv6GuestAddress : guestAddress,
  };
  const auth = (attackPart: number, benign = authRoutine): Recipe => ({
    clock: syslogTime(),
    texts: messages(
      { attackPart, attack: (r) => sshdAttack(r, people), benign: (r) => benign(r, people) },
      random,
    ),
  });
  switch (kind) {
    case 'auth-attack':
    case 'auth-ipv6':
      return auth(0.5);
    case 'auth-benign':
      return auth(0.02);
    case 'auth-none':
      return auth(0);
    case 'quiet':
      return auth(0, quietRoutine);
    case 'syslog':
      return auth(0.01, syslogRoutine);
    case 'many-attackers':
      return { clock: syslogTime(), texts: oneEach(shape.attackers ?? shape.lines, random) };
    case 'mail': {
      const mixture = {
        attackPart: 0.2,
        attack: (r: SeededRandom) => mailAttack(r, attackers),
        benign: mailRoutine,
      };
      return { clock: syslogTime(), texts: messages(mixture, random) };
    }
    case 'nginx-access': {
      const mixture = {
        attackPart: 0.1,
        attack: (r: SeededRandom) => accessAttack(r, attackers),
        benign: accessRoutine,
      };
      return { clock: accessTime(), texts: messages(mixture, random) };
    }
    case 'nginx-error': {
      const mixture = {
        attackPart: 0.33,
        attack: (r: SeededRandom) => errorAttack(r, attackers),
        benign: errorRoutine,
      };
      return { clock: nginxTime(), texts: messages(mixture, random) };
    }
  }
}

/** A failed login of each in turn. */
function* oneEach(attackers: number, random: SeededRandom): Generator<string> {
  for (let index = 0; ; index += 1) {
    const pid = random.integer(400, 4_000_000);
    const port = random.integer(32_768, 60_999);
    const address = tenAddress(index % attackers);
    yield `srv1 sshd[${pid}]: Failed password for root from ${address} port ${port} ssh2`;
  }
}
