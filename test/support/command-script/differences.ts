/** A command whose answer is another one on purpose. */
export interface Difference {
  readonly why: string;
  readonly commands: readonly (readonly unknown[])[];
  /** The exit code differs too: what fails there works here. */
  readonly code?: true;
}

export const differences: readonly Difference[] = [
  {
    why: 'a wrong time span is explained, with the place; fail2ban shows the error of the Python code that it made of it',
    commands: [
      ['set', 'dbpurgeage', 'x'],
      ['set', 'dbpurgeage', ''],
      ['set', 'j', 'ignorecache', 'key=x, max-time=bogus'],
      ['set', 'j', 'findtime', 'bogus'],
      ['set', 'j', 'findtime', ''],
      ['set', 'j', 'findtime', '1e3'],
      ['set', 'j', 'bantime', 'bogus'],
      ['set', 'j', 'bantime', ''],
      ['set', 'j', 'bantime.maxtime', 'bogus'],
      ['set', 'k', 'action', 'act', 'timeout', 'bogus'],
      ['set', 'k', 'action', 'act', 'timeout', ''],
    ],
  },
  {
    why: 'a mistake is named; fail2ban shows an error of its own code',
    commands: [
      ['set', 'thread', 'x'],
      ['add', 'j', 'polling'],
      ['add', 'j'],
      ['set', 'j', 'attempt'],
      ['set', 'j', 'ignorecache', 'max-count=50'],
      ['set', 'j', 'bantime.formula', '1 +'],
      ['set', 'j', 'bantime.factor', 'x'],
      ['set', 'j', 'delignoreip', '192.0.2.200'],
      ['set', 'j', 'delignoreip', 'nothing'],
      ['set', 'j', 'delignoreip', ''],
      ['set', 'k', 'action', 'act', 'ban'],
      ['set', 'k', 'action', 'act', 'ban', 'no json'],
      ['set', 'k', 'action', 'act', 'ban', '[1]'],
      ['set', 'k', 'action', 'act', 'ban', '{"bogus": 1}'],
      ['set', 'k', 'addaction', 'py', '{own}/none.py', 'no json'],
      ['set', 's', 'deljournalmatch', '_COMM=none'],
      ['set', 's', 'deljournalmatch'],
      ['set', 's', 'addjournalmatch', 'nofield'],
      ['add', 's', 'systemd[bogus=1]'],
    ],
  },
  {
    why: 'our tags accept the zone of an IPv6 address, so that places behind them lie elsewhere',
    commands: [['set', 'j', 'addfailregex', '^net <SUBNET>|<CIDR>$']],
  },
  {
    why: 'origins are looked up without a further package',
    commands: [['status', 'j', 'cymru']],
  },
  {
    why: 'members that are no properties are not shown; fail2ban fails to put them into an answer',
    commands: [
      ['get', 'k', 'action', 'act', 'ban'],
      ['get', 'k', 'action', 'act', '_jail'],
    ],
  },
  {
    why: 'an address or network is the same in every spelling, also where a ban is to end',
    code: true,
    commands: [
      ['set', 'ids', 'unbanip', '--report-absent', '192.0.2.1/32'],
      ['set', 'ids', 'unbanip', '--report-absent', '192.0.2.1/24'],
      ['set', 'ids', 'unbanip', '--report-absent', '::ffff:192.0.2.7'],
      ['set', 'ids', 'unbanip', '--report-absent', '2001:DB8:0::00:1'],
      ['set', 'ids', 'unbanip', '--report-absent', '[2001:db8::2]'],
      ['set', 'ids', 'unbanip', '--report-absent', '2001:db8::1/64'],
    ],
  },
  {
    why: 'an address within a banned network is banned',
    commands: [['get', 'j', 'banned', '203.0.113.1']],
  },
  {
    why: 'names are texts here, whatever type they come in',
    commands: [
      ['get', 'j', 5],
      ['set', 'j', 5, 6],
      ['status', 5],
      ['set', 'j', 'findtime', true],
      ['reload'],
    ],
  },
  {
    why: 'a restart with --unban takes the bans over and ends them once the jail runs again, so that they count in its total',
    commands: [['status', 'app', 'basic']],
  },
  {
    why: 'an action without a command for it has nothing to prolong; fail2ban takes that for a failure',
    code: true,
    commands: [['set', 'k', 'action', 'act', 'prolong', '{"aInfo": {"ip": "192.0.2.9"}}']],
  },
  {
    why: 'a method takes what it knows and leaves the rest',
    code: true,
    commands: [['set', 'k', 'action', 'act', 'start', '{"bogus": 1}']],
  },
  {
    why: 'methods that are inner business of the class in Python are not there to be called',
    code: true,
    commands: [
      ['set', 'k', 'action', 'act', 'escapeTag', '{"value": "a b;c"}'],
      ['set', 'k', 'action', 'act', 'clearAllParams'],
      ['set', 'k', 'action', 'act', 'executeCmd', '{"realCmd": "true"}'],
      ['set', 'k', 'action', 'act', 'executeCmd', '{"realCmd": "false"}'],
    ],
  },
  {
    why: 'an extension of ours',
    code: true,
    commands: [['get', 'j', 'logformat'], ['help']],
  },
];
