import type { SeededRandom } from '../../test/support/random.ts';
import { guestAddress } from './addresses.ts';
import { ownNames, triedNames } from './names.ts';
import { attack, type Episode, plain } from './stream.ts';

const host = 'mx1';

/** Attacks on Postfix and Dovecot, counted by the filters `postfix[mode=extra]` and `dovecot`. */
export function mailAttack(random: SeededRandom, attackers: readonly string[]): Episode {
  const peer = random.pick(attackers);
  return random.pick([relaysMail, guessesSmtp, guessesImap, guessesPop])(random, peer);
}

function relaysMail(random: SeededRandom, peer: string): Episode {
  const say = process('postfix/smtpd', random);
  const to = `${random.pick(triedNames)}@example.net`;
  const reject = `NOQUEUE: reject: RCPT from unknown[${peer}]: 554 5.7.1 <${to}>: Relay access denied; from=<a@example.com> to=<${to}> proto=ESMTP helo=<WIN-${random.integer(100, 999)}>`;
  return [
    plain(say(`connect from unknown[${peer}]`)),
    ...random.times(1, 4, () => attack(say(reject))),
    plain(say(`disconnect from unknown[${peer}] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4`)),
  ];
}

function guessesSmtp(random: SeededRandom, peer: string): Episode {
  const say = process('postfix/smtpd', random);
  const method = random.pick(['LOGIN', 'PLAIN']);
  return [
    plain(say(`connect from unknown[${peer}]`)),
    ...random.times(1, 4, () =>
      attack(say(`warning: unknown[${peer}]: SASL ${method} authentication failed: UGFzc3dvcmQ6`)),
    ),
    plain(say(`lost connection after AUTH from unknown[${peer}]`)),
  ];
}

function guessesImap(random: SeededRandom, peer: string): Episode {
  const say = login('imap');
  const user = `<${random.pick(triedNames)}@example.org>`;
  const tries = random.integer(1, 9);
  return random.times(1, 3, () =>
    attack(
      say(
        `Disconnected (auth failed, ${tries} attempts in ${tries + 2} secs): user=${user}, method=PLAIN, rip=${peer}, lip=198.51.100.25, TLS, session=<${session(random)}>`,
      ),
    ),
  );
}

function guessesPop(random: SeededRandom, peer: string): Episode {
  const say = login('pop3');
  const user = `<${random.pick(triedNames)}>`;
  return [
    attack(
      say(
        `Aborted login (auth failed, 1 attempts in 2 secs): user=${user}, method=PLAIN, rip=${peer}, lip=198.51.100.25, session=<${session(random)}>`,
      ),
    ),
  ];
}

/** What a mail server writes on a quiet day. */
export function mailRoutine(random: SeededRandom): Episode {
  return random.chance(0.6) ? delivery(random) : mailbox(random);
}

function delivery(random: SeededRandom): Episode {
  const id = queueId(random);
  const guest = guestAddress(random);
  const say = process('postfix/smtpd', random);
  const queue = process('postfix/qmgr', random);
  const to = `<${random.pick(ownNames)}@example.org>`;
  const size = random.integer(900, 90_000);
  return [
    plain(say(`connect from mail.example.com[${guest}]`)),
    plain(say(`${id}: client=mail.example.com[${guest}]`)),
    plain(process('postfix/cleanup', random)(`${id}: message-id=<${session(random)}@example.com>`)),
    plain(queue(`${id}: from=<sender@example.com>, size=${size}, nrcpt=1 (queue active)`)),
    plain(
      say(
        `disconnect from mail.example.com[${guest}] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7`,
      ),
    ),
    plain(
      process(
        'postfix/lmtp',
        random,
      )(
        `${id}: to=${to}, relay=mx1[private/dovecot-lmtp], delay=0.${random.integer(10, 99)}, delays=0.1/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 ${to} Saved)`,
      ),
    ),
    plain(queue(`${id}: removed`)),
  ];
}

function mailbox(random: SeededRandom): Episode {
  const say = login('imap');
  const name = random.pick(ownNames);
  const rip = guestAddress(random);
  return [
    plain(
      say(
        `Login: user=<${name}@example.org>, method=PLAIN, rip=${rip}, lip=198.51.100.25, mpid=${random.integer(1000, 99_999)}, TLS, session=<${session(random)}>`,
      ),
    ),
    plain(
      `${host} dovecot: imap(${name}@example.org)<${random.integer(1000, 99_999)}><${session(random)}>: Logged out in=${random.integer(50, 900)} out=${random.integer(900, 9000)} deleted=0 expunged=0`,
    ),
  ];
}

function process(program: string, random: SeededRandom): (text: string) => string {
  const prefix = `${host} ${program}[${random.integer(1000, 99_999)}]: `;
  return (text) => prefix + text;
}

function login(protocol: string): (text: string) => string {
  return (text) => `${host} dovecot: ${protocol}-login: ${text}`;
}

function queueId(random: SeededRandom): string {
  return random.integer(0x10000000, 0x7fffffff).toString(16).toUpperCase();
}

function session(random: SeededRandom): string {
  return `${random.integer(0, 0x7fffffff).toString(36)}${random.integer(0, 0x7fffffff).toString(36)}AA`;
}
