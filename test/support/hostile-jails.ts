import type { TestHome } from './daemon.ts';

/** A jail with a rule that a line can hold for ever. */
export interface HostileJail {
  readonly name: string;
  readonly filter: string;
  /** A good attack line for an address, and the line that the jail is held by. */
  readonly attack: (ip: string) => string;
  readonly hostile: string;
  /** As the log and `status` name it. */
  readonly rule: string;
}

const xs = 'x'.repeat(60);
const plain = { attack: (ip: string) => `bad ${ip}`, hostile: `slow ${xs}!` };

function failregex(name: string, regex: string, hostile = plain.hostile): HostileJail {
  const filter = `failregex = ^\\s*bad <HOST>$\n            ^\\s*slow ${regex} <HOST>$\n`;
  return { ...plain, name, filter, hostile, rule: 'failregex 2' };
}

/** One for each kind of pattern that is known to be catastrophic, and each place where a pattern may stand. */
export const hostileJails: readonly HostileJail[] = [
  failregex('nested', '(?:x+)+'),
  failregex('overlap', '(?:x|xx|x\\w)+'),
  failregex('ahead', '(?=(?:x+)+;)x+'),
  failregex('tempered', '(?:(?!y)\\w+)+'),
  failregex('backreference', '(?P<part>x+)+(?P=part);'),
  failregex('lazy', '(?:x+?)+?'),
  failregex('polynomial', 'x*x*x*x*x*x*x*x*', `slow ${'x'.repeat(300)}!`),
  {
    ...plain,
    name: 'prefregex',
    filter:
      'prefregex = ^\\s*(?:(?:x+)+y|slow (?:x+)+ |)<F-CONTENT>bad .+</F-CONTENT>$\nfailregex = ^bad <HOST>$\n',
    // With the text that its failregex requires, or it would not be looked at.
    hostile: `slow ${xs}!bad !`,
    rule: 'prefregex',
  },
  {
    ...plain,
    name: 'ignoreregex',
    filter: 'failregex = ^\\s*(?:bad|slow x+) <HOST>$\nignoreregex = ^\\s*slow (?:x+)+y\n',
    hostile: `slow ${xs} 192.0.2.99`,
    rule: 'ignoreregex',
  },
  {
    name: 'datepattern',
    filter: 'failregex = ^\\s*bad <HOST>$\ndatepattern = ^(?:\\w+:?)+Z %%Y-%%m-%%d %%H:%%M:%%S\n',
    attack: (ip) => `x:Z ${new Date().toISOString().slice(0, 19).replace('T', ' ')} bad ${ip}`,
    hostile: `${xs}! bad !`,
    rule: 'datepattern',
  },
];

/** Each of them on a log of its own, `NAME.log`, together with an innocent jail `beside-NAME`. */
export function writeHostileJails(home: TestHome): void {
  for (const { name, filter } of hostileJails) {
    home.write(`filter.d/${name}.conf`, `[Definition]\n${filter}`);
    home.write(`${name}.log`, '');
    const common = `backend = auto\nenabled = true\nlogpath = ${home.path}/${name}.log\nmaxretry = 100\n`;
    home.write(`jail.d/${name}.conf`, `[${name}]\n${common}[beside-${name}]\nfilter = beside\n${common}`);
  }
  home.write(
    'filter.d/beside.conf',
    '[Definition]\nfailregex = bad <HOST>$\ndatepattern = %%Y-%%m-%%d[T ]%%H:%%M:%%S\n',
  );
}
