// What each option means, in a sentence or two, for jail.conf(5). The options themselves, their order and defaults are
// those of src/config; test/packaging/manual.test.ts holds that every one of them has its text here, and no other.

/** Text of an option; `<NAME>` stands for something to be filled in. */
export type OptionTexts = Readonly<Record<string, string>>;

/** Options of a jail, and of [DEFAULT]. */
export const jailOptionTexts: OptionTexts = {
  enabled: 'Whether the jail runs.',
  backend:
    'How logs are followed: auto (files where there are any, else the journal), pyinotify, polling, or systemd for the journal.',
  maxretry: 'So many failures of an address within findtime are an attack.',
  maxmatches: 'How many of its log lines are remembered for each address.',
  findtime: 'The time in which failures are counted together.',
  bantime: 'How long a ban lasts; a negative time is for ever.',
  'bantime.increment': 'Who comes back is banned for longer, by the options below. Needs a database.',
  'bantime.factor': 'The value of banFactor in bantime.formula.',
  'bantime.formula':
    'The length of a repeated ban, as arithmetic of Python over ban.Time (bantime) and ban.Count (how often the address was banned).',
  'bantime.multipliers':
    'Whole numbers in the place of the formula: the second ban takes the second, and so on; the last one holds for all that follow.',
  'bantime.maxtime': 'No repeated ban is longer than this.',
  'bantime.rndtime': 'Up to so much is added to a repeated ban by chance, after bantime.maxtime.',
  'bantime.overalljails': 'Bans in all jails count for the increment, not only those of this one.',
  ignorecommand:
    'A shell command with the tags of an action that is asked about each failure: exit code 0 spares the address, 1 counts.',
  ignoreself: 'Addresses of this machine are never banned.',
  ignoreip:
    'Addresses, networks, host names or other ids that are never banned, separated by blanks or commas; file:<PATH> stands for what is in a file.',
  ignorecache: 'Keeps answers of ignorecommand: key="<TAGS>", max-count=<NUMBER>, max-time=<TIME>.',
  dryrun: 'Actions say in the log what they would do, and do nothing.',
  banprefix4: 'Failures of IPv4 addresses are counted, and banned, by networks of this prefix length.',
  banprefix6: 'The same for IPv6.',
  'banprefix.escalate': 'So many addresses of one network banned within findtime ban the network.',
  filter: 'Name of a file in filter.d without .conf, and arguments: sshd[mode=aggressive].',
  logtimezone: 'The time zone of dates that name none: UTC, UTC+0200, or the offset.',
  logencoding: 'The encoding of the logs; auto takes that of the locale.',
  logpath:
    'Log files, one a line; wildcards find new files as they come. A word tail behind one begins at its end.',
  action: 'Names of files in action.d without .conf, with arguments, one a line.',
  banaction: 'The action that blocks the ports of a jail; stands in %(action_)s.',
  banaction_allports: 'The action that blocks all ports.',
  usedns: 'Host names in a log: yes looks them up, warn does so and says it, no and raw do not.',
  prefregex: 'A rule that a line must match first; its <F-CONTENT> is what failregex is tried on.',
  ignoreregex: 'Rules, one a line; what they match is no failure.',
  failregex: 'Rules, one a line; what they match is a failure of <HOST>.',
  maxlines: 'How many lines a rule sees together.',
  datepattern: 'How dates are written in this log, where it is not one of the usual ways.',
  logformat: 'text, or json[<FIELDS>] for logs with one JSON object a line.',
  journalmatch: 'Which entries of the journal are read, as journalctl takes them.',
  skip_if_nologs: 'A jail without a log file is left out, not an error.',
  systemd_if_nologs:
    'With backend auto, a jail without a log file that has a journalmatch reads the journal.',
};

/** Options of an action, [Definition]. */
export const actionOptionTexts: OptionTexts = {
  actionstart: 'Run before the first ban, or when the jail starts.',
  actionstart_on_demand: 'Whether actionstart waits for the first ban.',
  actionstop: 'Run when the jail stops.',
  actionflush: 'Ends all bans at once.',
  actionreload: 'Run when a reload changes the action, instead of stop and start.',
  actioncheck: 'Succeeds as long as what actionstart made is there.',
  actionrepair: 'Run when actioncheck fails, instead of stop and start.',
  actionrepair_on_unban: 'Whether a failed check is repaired before an unban, too.',
  actionban: 'Bans <ip>.',
  actionprolong: 'Run when a ban is made longer.',
  actionreban: 'Bans again after a repair; actionban where it is missing.',
  actionunban: 'Ends the ban of <ip>.',
  norestored: 'Not run for bans that a start takes over from the database.',
};

/** Options of fail2ban.conf. */
export const serverOptionTexts: OptionTexts = {
  socket: 'Where clients reach the daemon.',
  pidfile: 'Where the daemon writes its process id.',
  loglevel: 'What is worth a line: CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG, TRACEDEBUG or HEAVYDEBUG.',
  logtarget: 'A file, STDOUT, STDERR, SYSOUT, SYSLOG[facility=<NAME>] or SYSTEMD-JOURNAL.',
  syslogsocket: 'The socket of syslog; auto finds it.',
  allowipv6: 'auto asks the kernel; yes and no decide it.',
  dbfile: 'The database; None keeps nothing, :memory: keeps it while the daemon runs.',
  dbmaxmatches: 'How many log lines are kept with each ban.',
  dbpurgeage: 'Bans that ended longer ago are forgotten.',
  'stock-actions':
    "as-written runs the commands of fail2ban's own action files; engine (the default) lets the engines serve them.",
  workers: 'How many threads read logs and match rules.',
  linebudget: 'How many milliseconds of processor time a line may hold a rule.',
  http: 'Address and port of the web page and its figures, such as 127.0.0.1:8327; off by default.',
  'http-hosts': 'Further host names that browsers may ask the web page by.',
  'http-token-file': 'The file with the token that opens the web page.',
  'http-metrics-token-file': 'The file with a token that reads figures only.',
  stacksize: 'Of no use here; taken so that files of fail2ban are no error.',
};
