// What is known of the commands in the documentation, beside that they are run: which cannot be, and why; which go on until
// somebody ends them; which may say more by their exit code than that they are done.

/** A command that is not run here. */
export interface Spared {
  readonly pattern: RegExp;
  /** Why, and what shows that it works. */
  readonly reason: string;
}

export const spared: readonly Spared[] = [
  {
    pattern: /^apt-get /,
    reason: 'needs packages; test/e2e/first-way and migration install, remove and purge',
  },
  { pattern: /^npm start\b/, reason: 'sets a checkout up; test/e2e/npm-start runs it' },
  { pattern: /^npm test\b/, reason: 'would run this test' },
  {
    pattern: /^npm run demo\b/,
    reason: 'builds machines of its own, which a machine cannot have within; test/e2e',
  },
  { pattern: /^npm run package:deb\b/, reason: 'takes a minute; test/packaging/package builds it' },
  { pattern: /^npm run bench\b/, reason: 'takes minutes; test/house/bench-* runs its parts' },
  { pattern: /^git /, reason: 'needs a server' },
  { pattern: /^docker /, reason: 'needs its daemon; test/packaging/container reads the files' },
  { pattern: /^ssh /, reason: 'needs another host' },
  {
    pattern: /^warder demo\b/,
    reason: 'builds machines of its own, which a machine cannot have within; test/e2e',
  },
];

/** Go on until they are interrupted; the test does that. */
export const endless: readonly RegExp[] = [/^warder (?:watch|run)\b/, /^fail2ban-client -i\b/];

/** Exit codes beside 0 that are an answer, too. */
export const answers: readonly { readonly pattern: RegExp; readonly codes: readonly number[] }[] = [
  // What it finds depends on the machine: a test machine has no systemd, for one.
  { pattern: /^warder doctor(?! --rollback-check)/, codes: [1, 3] },
  { pattern: /^warder doctor --rollback-check/, codes: [255] },
];

/** Examples that are no commands and no configuration, by page and first line. */
export const shown: readonly (readonly [page: string, start: string])[] = [
  ['docs/architecture.md', 'base '],
  ['docs/demo.md', '2. '],
  ['docs/json-logs.md', 'status=401 '],
  ['docs/web.md', 'scrape_configs:'],
];

/** Jails that a page speaks of, beside sshd, which runs in any case. */
export const preparations: ReadonlyMap<string, string> = new Map([
  // An own chain of nft, as an administrator has it.
  [
    'docs/tarpit.md',
    `nft 'add table inet filter; add chain inet filter input { type filter hook input priority 0; }'`,
  ],
  [
    'docs/redos.md',
    `mkdir -p /var/log/nginx && touch /var/log/nginx/access.log
printf '[web]\nenabled = true\nfilter = nginx-http-auth\nlogpath = /var/log/nginx/access.log\n' > /etc/fail2ban/jail.local`,
  ],
]);
