import type { ControlEvent, TarpitReport, WhyReport } from '../../src/control/index.ts';
import type { BanPage, BanRow, History, JailOverview, Overview } from '../../src/web/index.ts';

/** What a guarded machine might show, from documentation addresses; the same at each call. */
export const sampleNowSec = 1_795_392_000;

const failregex = [
  '^[aA]uthentication (?:failure|error|failed) for (?:invalid user )?<F-USER>.*</F-USER> from <HOST>',
  '^Failed <cmnfailed> for (?P<cond_inv>invalid user )?<F-USER>\\S*</F-USER> from <HOST>(?: port \\d+)?',
  '^Invalid user <F-USER>\\S*</F-USER> from <HOST>(?: port \\d+)?$',
  '^Connection closed by authenticating user <F-USER>\\S+</F-USER> <HOST> port \\d+ \\[preauth\\]$',
];

function jail(name: string, banned: number, more: Partial<JailOverview> = {}): JailOverview {
  const matches = [12, 3481, 960, 77];
  return {
    name,
    backend: 'systemd',
    isIdle: false,
    isDryRun: false,
    currentlyFailed: banned % 17,
    totalFailed: banned * 31,
    currentlyBanned: banned,
    totalBanned: banned * 6,
    lines: banned * 900,
    bytes: banned * 1_300_000,
    maxRetry: 5,
    findTimeSec: 600,
    banTimeSec: 3600,
    problems: [],
    logs: [{ path: 'the journal', state: 'reading', reason: '' }],
    rules: failregex.map((regex, index) => ({
      index,
      regex,
      matches: Math.round((matches[index]! * banned) / 142),
    })),
    actions: [{ name: 'nftables-multiport', waiting: 0, held: banned }],
    ...more,
  };
}

export const sampleOverview: Overview = {
  version: '0.1.0',
  compatibleVersion: '1.0.2',
  host: 'mail.example.org',
  startedSec: sampleNowSec - 777_000,
  nowSec: sampleNowSec,
  observeOnly: false,
  jails: [
    jail('sshd', 142),
    jail('postfix-sasl', 38, { banTimeSec: 14_400 }),
    jail('nginx-http-auth', 7),
    jail('recidive', 21, { findTimeSec: 86_400, banTimeSec: 604_800, maxRetry: 3 }),
    jail('dovecot', 3, { problems: ['/var/log/dovecot.log is missing'], logs: [] }),
    jail('manual', 2, { banTimeSec: 86_400, rules: [] }),
  ],
  database: { file: '/var/lib/fail2ban/fail2ban.sqlite3', waiting: 0 },
};

const jails = ['sshd', 'sshd', 'recidive', 'sshd', 'postfix-sasl', 'sshd', 'nginx-http-auth'];

export const sampleBans: readonly BanRow[] = Array.from({ length: 42 }, (_, index) => {
  const name = jails[index % jails.length]!;
  return {
    jail: index === 5 ? 'manual' : name,
    id:
      index % 6 === 4
        ? `2001:db8:${(index * 77).toString(16)}::${index + 3}`
        : `203.0.113.${(index * 37 + 7) % 250}`,
    sinceSec: sampleNowSec - index * index * 7 - 720,
    banTimeSec: name === 'recidive' ? 604_800 : index === 9 ? -1 : 3600 * (1 + (index % 4)),
    banCount: 1 + ((index * 5) % 7),
    failures: 5 + (index % 3),
    isByHand: index === 5,
  };
});

export const samplePage: BanPage = { total: sampleBans.length, offset: 0, bans: sampleBans };

const columns = 48;
const wave = (index: number, phase: number, size: number): number =>
  Math.max(0, Math.round(size * (1.1 + Math.sin(index / 5 + phase) + Math.sin(index * 1.7 + phase) / 2)));

export const sampleHistory: History = {
  fromSec: sampleNowSec - 86_400,
  toSec: sampleNowSec,
  bucketSec: 1800,
  isCut: false,
  total: 0,
  jails: (
    [
      ['sshd', 0, 9],
      ['postfix-sasl', 2, 4],
      ['recidive', 4, 1.5],
      ['nginx-http-auth', 1, 1],
    ] as const
  ).map(([name, phase, size]) => ({
    jail: name,
    counts: Array.from({ length: columns }, (_, index) => wave(index, phase, size)),
  })),
  networks: Array.from({ length: 9 }, (_, index) => ({
    network: index % 4 === 3 ? `2001:db8:${index}::/48` : `203.0.${113 + index}.0/24`,
    bans: 96 - index * 9,
    ids: 31 - index * 3,
  })),
  ids: Array.from({ length: 9 }, (_, index) => ({ id: `203.0.113.${17 + index * 23}`, bans: 14 - index })),
};

export const sampleTarpit: TarpitReport = {
  means: 'process',
  jails: ['sshd', 'recidive'],
  problems: [],
  mostHeld: 8192,
  figures: {
    held: 37,
    byVoice: { ssh: 31, silence: 6 },
    longestSec: 71_000,
    accepted: 4120,
    refused: 0,
    wastedSec: 1_910_000,
  },
  addresses: Array.from({ length: 8 }, (_, index) => ({
    address: `203.0.113.${21 + index * 29}`,
    jails: index % 3 === 0 ? ['sshd', 'recidive'] : ['sshd'],
    connections: 9 - index,
    longestSec: 52_000 - index * 6100,
    wastedSec: 210_000 - index * 21_000,
  })),
};

/** A line that would run, were it ever taken for more than text. */
export const hostileText =
  '"><img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

const line = (user: string, second: number, id = '203.0.113.7'): string =>
  `2026-11-22T23:47:${String(second).padStart(2, '0')}+00:00 mail sshd[4242]: Failed password for invalid user ${user} from ${id} port 51122 ssh2`;

export const sampleWhy: WhyReport = {
  id: '203.0.113.7',
  bannedBy: ['sshd'],
  jails: [
    {
      jail: 'sshd',
      verdict: 'banned',
      reason: 'banned after 5 failures, 48 minutes left',
      maxRetry: 5,
      findTimeSec: 600,
      banTimeSec: 3600,
      ban: {
        id: '203.0.113.7',
        sinceSec: sampleNowSec - 720,
        banTimeSec: 3600,
        endSec: sampleNowSec + 2880,
        banCount: 2,
        failures: 5,
        cause: 'failures',
        matches: [
          line('oracle', 1),
          line('test', 4),
          line('git', 9),
          line('postgres', 15),
          line(hostileText, 16),
        ],
        fields: { user: hostileText },
      },
      rules: [{ index: 1, regex: failregex[1]!, failures: 5 }],
      steps: [
        { timeSec: sampleNowSec - 720, action: 'nftables-multiport', step: 'ban', ok: true, durationMs: 3.4 },
        {
          timeSec: sampleNowSec - 719,
          action: 'sendmail-whois',
          step: 'ban',
          ok: true,
          queued: true,
          durationMs: 0.2,
        },
      ],
      holds: [
        { action: 'nftables-multiport', engine: 'nftables', state: 'made', sound: true, waiting: 0 },
        { action: 'sendmail-whois', state: 'made', waiting: 0 },
      ],
    },
    {
      jail: 'recidive',
      verdict: 'counting',
      reason: 'not banned: 2 of 3 failures within 24 hours, 1 more would ban it',
      maxRetry: 3,
      findTimeSec: 86_400,
      banTimeSec: 604_800,
      count: {
        id: '203.0.113.7',
        firstSec: sampleNowSec - 40_000,
        lastSec: sampleNowSec - 720,
        retry: 2,
        failures: 2,
        matches: ['2026-11-22 23:48:00,310 fail2ban.actions [812]: NOTICE [sshd] Ban 203.0.113.7'],
      },
      rules: [],
      steps: [],
      holds: [],
    },
  ],
  history: [
    { jail: 'sshd', sinceSec: sampleNowSec - 720, banTimeSec: 3600, banCount: 2, failures: 5, matches: [] },
    {
      jail: 'sshd',
      sinceSec: sampleNowSec - 40_000,
      banTimeSec: 3600,
      banCount: 1,
      failures: 5,
      matches: [],
    },
  ],
};

/** Some minutes of an attack, the oldest first. */
export const sampleEvents: readonly ControlEvent[] = Array.from({ length: 24 }, (_, index): ControlEvent => {
  const timeSec = sampleNowSec - (24 - index) * 9;
  const id = `203.0.113.${40 + (index % 5) * 31}`;
  if (index === 12)
    return {
      type: 'unban',
      jail: 'postfix-sasl',
      timeSec,
      id,
      sinceSec: timeSec - 14_400,
      banTimeSec: 14_400,
      cause: 'expired',
    };
  if (index === 8)
    return { type: 'degraded', jail: 'dovecot', timeSec, message: '/var/log/dovecot.log: missing' };
  const matches = [line(['root', 'admin', 'deploy'][index % 3]!, index, id)];
  if (index % 5 === 4) {
    const ban = { sinceSec: timeSec, banTimeSec: 3600, banCount: 1, failures: 5, matches };
    return { type: 'ban', jail: 'sshd', timeSec, id, ...ban, cause: 'failures' };
  }
  return { type: 'found', jail: 'sshd', timeSec, id, failures: 1, rule: 1, matches };
});

/** The sums of its columns. */
export const sampleTotal = sampleHistory.jails.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0);

/** What the page is answered, by question. */
export const sampleAnswers = {
  overview: sampleOverview,
  bans: samplePage,
  history: { ...sampleHistory, total: sampleTotal },
  tarpit: sampleTarpit,
  why: sampleWhy,
  unban: { ended: 1 },
} as const;
