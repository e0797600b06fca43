import type { SeededRandom } from '../../test/support/random.ts';
import { keys, ownNames, triedNames } from './names.ts';
import { attack, type Episode, type Message, plain } from './stream.ts';

/** Who attacks, and who else is there. */
export interface AuthPeople {
  attacker(random: SeededRandom): string;
  guest(random: SeededRandom): string;
}

const host = 'srv1';

/** An attack on sshd, from the first line of a connection to the last, in the words of OpenSSH 8 and 9. */
export function sshdAttack(random: SeededRandom, people: AuthPeople): Episode {
  const peer = people.attacker(random);
  const say = speaker(random);
  const port = random.integer(32_768, 60_999);
  return random.pick(attacks)({ say, from: `${peer} port ${port}`, peer, random });
}

interface Attempt {
  /** Puts the program in front. */
  readonly say: (text: string) => string;
  readonly from: string;
  readonly peer: string;
  readonly random: SeededRandom;
}

type Attack = (attempt: Attempt) => Message[];

/** Someone who guesses passwords of a user who exists. The PAM module's lines are there for the same attempts, and count no second time. */
const guessesPasswords: Attack = ({ say, from, random }) => {
  const name = random.pick(ownNames);
  const failed = random.times(1, 5, () => attack(say(`Failed password for ${name} from ${from} ssh2`)));
  return [...failed, plain(say(`Connection closed by authenticating user ${name} ${from} [preauth]`))];
};

const guessesWithPam: Attack = ({ say, from, peer, random }) => {
  const name = random.pick(ownNames);
  const pam = `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${peer}  user=${name}`;
  return [
    plain(say(pam)),
    ...random.times(1, 3, () => attack(say(`Failed password for ${name} from ${from} ssh2`))),
    plain(say(`Received disconnect from ${from}:11: Bye Bye [preauth]`)),
    plain(say(`Disconnected from authenticating user ${name} ${from} [preauth]`)),
  ];
};

const guessesNames: Attack = ({ say, from, random }) => {
  const name = `${random.pick(triedNames)}${random.chance(0.3) ? random.integer(1, 99) : ''}`;
  return [
    attack(say(`Invalid user ${name} from ${from}`)),
    ...random.times(1, 3, () => attack(say(`Failed password for invalid user ${name} from ${from} ssh2`))),
    plain(say(`Connection closed by invalid user ${name} ${from} [preauth]`)),
  ];
};

const triesNone: Attack = ({ say, from, random }) => {
  const name = random.pick(triedNames);
  return [
    attack(say(`Invalid user ${name} from ${from}`)),
    attack(say(`Failed none for invalid user ${name} from ${from} ssh2`)),
    attack(say(`Failed keyboard-interactive/pam for invalid user ${name} from ${from} ssh2`)),
  ];
};

const triesKeys: Attack = ({ say, from, random }) => {
  const name = random.pick(triedNames);
  const failed = `Failed publickey for invalid user ${name} from ${from} ssh2: ${random.pick(keys)}`;
  return [attack(say(`Invalid user ${name} from ${from}`)), attack(say(failed))];
};

const exceeds: Attack = ({ say, from, random }) => {
  const name = random.pick(ownNames);
  return [
    ...random.times(5, 6, () => attack(say(`Failed password for ${name} from ${from} ssh2`))),
    attack(say(`error: maximum authentication attempts exceeded for ${name} from ${from} ssh2 [preauth]`)),
    plain(
      say(`Disconnecting authenticating user ${name} ${from}: Too many authentication failures [preauth]`),
    ),
  ];
};

const isRefused: Attack = ({ say, from, peer, random }) => {
  const name = random.pick(ownNames);
  const why = random.pick(['not listed in AllowUsers', 'listed in DenyUsers', 'not in any group']);
  return [
    attack(say(`User ${name} from ${peer} not allowed because ${why}`)),
    attack(say(`Failed password for invalid user ${name} from ${from} ssh2`)),
  ];
};

const failsInPam: Attack = ({ say, peer, random }) => [
  attack(say(`error: PAM: Authentication failure for ${random.pick(ownNames)} from ${peer}`)),
  attack(
    say(
      `error: PAM: User not known to the underlying authentication module for ${random.pick(triedNames)} from ${peer}`,
    ),
  ),
];

const attacks: readonly Attack[] = [
  guessesPasswords,
  guessesPasswords,
  guessesNames,
  guessesNames,
  guessesWithPam,
  triesNone,
  triesKeys,
  exceeds,
  isRefused,
  failsInPam,
];

/** What else is in an auth.log: logins, cron, sudo. */
export function authRoutine(random: SeededRandom, people: AuthPeople): Episode {
  const roll = random.next();
  if (roll < 0.4) return cronRun(random);
  if (roll < 0.75) return login(random, people);
  if (roll < 0.9) return sudoCommand(random);
  return probe(random, people);
}

function cronRun(random: SeededRandom): Episode {
  const say = speaker(random, 'CRON');
  const name = random.pick(['root', 'www-data', 'backup']);
  return [
    plain(say(`pam_unix(cron:session): session opened for user ${name}(uid=0) by (uid=0)`)),
    plain(say(`pam_unix(cron:session): session closed for user ${name}`)),
  ];
}

function login(random: SeededRandom, people: AuthPeople): Episode {
  const say = speaker(random);
  const name = random.pick(ownNames);
  const from = `${people.guest(random)} port ${random.integer(32_768, 60_999)}`;
  const session = random.integer(1, 99_999);
  const logind = speaker(random, 'systemd-logind');
  return [
    plain(say(`Accepted publickey for ${name} from ${from} ssh2: ${random.pick(keys)}`)),
    plain(say(`pam_unix(sshd:session): session opened for user ${name}(uid=1000) by (uid=0)`)),
    plain(logind(`New session ${session} of user ${name}.`)),
    plain(say(`Received disconnect from ${from}:11: disconnected by user`)),
    plain(say(`Disconnected from user ${name} ${from}`)),
    plain(say(`pam_unix(sshd:session): session closed for user ${name}`)),
    plain(logind(`Session ${session} logged out. Waiting for processes to exit.`)),
    plain(logind(`Removed session ${session}.`)),
  ];
}

function sudoCommand(random: SeededRandom): Episode {
  const name = random.pick(ownNames);
  const command = random.pick([
    '/usr/bin/apt-get update',
    '/usr/bin/systemctl status nginx',
    '/bin/ls /var/log',
  ]);
  const line = `${host} sudo: `;
  return [
    plain(`${line}${name.padStart(8)} : TTY=pts/0 ; PWD=/home/${name} ; USER=root ; COMMAND=${command}`),
    plain(`${line}pam_unix(sudo:session): session opened for user root(uid=0) by ${name}(uid=1000)`),
    plain(`${line}pam_unix(sudo:session): session closed for user root`),
  ];
}

/** A monitoring system that only knocks. */
function probe(random: SeededRandom, people: AuthPeople): Episode {
  const from = `${people.guest(random)} port ${random.integer(32_768, 60_999)}`;
  return [plain(speaker(random)(`Connection closed by ${from}`))];
}

/** A process that writes to the log: all its lines carry its number. */
function speaker(random: SeededRandom, program = 'sshd'): (text: string) => string {
  const prefix = `${host} ${program}[${random.integer(400, 4_000_000)}]: `;
  return (text) => prefix + text;
}
