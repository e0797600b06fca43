import { type Scope, type Typist, variables } from './config-typist.ts';

const jailNames = ['web', 'mail-in', 'sql.9', 'ssh d', 'Ünï'];
/** Files that the jails name. */
export const filters = ['fone', 'ftwo', 'fthree'];
export const actions = ['aone', 'atwo', 'athree'];

/** Makes up fail2ban.conf, jail.conf and what lies over them. */
export class JailGenerator {
  readonly #typist: Typist;
  readonly #logFolder: string;
  readonly #tree: Map<string, string>;

  constructor(typist: Typist, logFolder: string, tree: Map<string, string>) {
    this.#typist = typist;
    this.#logFolder = logFolder;
    this.#tree = tree;
  }

  make(): void {
    this.#server();
    this.#jailFiles();
  }

  #server(): void {
    const random = this.#typist.random;
    if (random.chance(0.1)) return;
    const lines = [random.pick(['[DEFAULT]', '[Definition]'])];
    if (random.chance(0.7)) lines.push(this.#typist.option('loglevel', random.pick(['INFO', 'debug', '20'])));
    if (random.chance(0.7))
      lines.push(this.#typist.option('logtarget', random.pick(['STDOUT', '/tmp/x.log', 'SYSLOG[a=b]'])));
    if (random.chance(0.5))
      lines.push(this.#typist.option('dbfile', random.pick(['None', '/tmp/%(dbname)s.sqlite3'])));
    if (random.chance(0.5))
      lines.push(this.#typist.option('dbmaxmatches', random.pick(['10', ' 7', 'ten', '1_0'])));
    if (random.chance(0.5))
      lines.push(this.#typist.option('dbpurgeage', random.pick(['1d', '60*60', '1mo'])));
    lines.push('dbname = base');
    if (lines[0] === '[DEFAULT]') lines.push('[Definition]');
    if (random.chance(0.3)) lines.push('[Thread]', `stacksize = ${random.pick(['0', '64', 'x'])}`);
    this.#add('fail2ban.conf', lines);
    if (random.chance(0.4))
      this.#add('fail2ban.local', ['[Definition]', this.#typist.option('syslogsocket', 'auto')]);
    if (random.chance(0.3)) this.#add('fail2ban.d/x.conf', ['[Definition]', 'allowipv6 = no']);
  }

  #jailFiles(): void {
    const random = this.#typist.random;
    const head = random.chance(0.4)
      ? ['[INCLUDES]', `${random.pick(['before', 'after'])} = extra.conf\n         missing.local`]
      : [];
    const lines = [...head, '[DEFAULT]', ...this.#typist.variableLines(true), ...this.#jailDefaults()];
    const names = jailNames.slice(0, random.integer(1, jailNames.length));
    for (const name of names) lines.push(`[${name}]`, ...this.#jailLines(name, false));
    this.#add('jail.conf', lines);
    this.#add('extra.conf', [
      '[DEFAULT]',
      ...this.#typist.variableLines(false),
      '[helper]',
      'v1 = from helper',
      'port = %(v0)s',
    ]);
    for (const file of [
      'jail.local',
      'jail.d/00-x.conf',
      'jail.d/b.local',
      'jail.d/Z.conf',
      'jail.d/.hidden.conf',
    ]) {
      if (!random.chance(0.4)) continue;
      const overrides = random.chance(0.4) ? ['[DEFAULT]', ...this.#typist.variableLines(false)] : [];
      for (const name of names) {
        if (random.chance(0.5)) overrides.push(`[${name}]`, ...this.#jailLines(name, true));
      }
      this.#add(file, overrides);
    }
  }

  #jailDefaults(): string[] {
    const random = this.#typist.random;
    return [
      this.#typist.option('enabled', random.pick(['true', 'yes', 'ON', '1'])),
      this.#typist.option('filter', `${random.pick(filters)}`),
      this.#typist.option('action', `${random.pick(actions)}[${this.#typist.argument()}]`),
      this.#typist.option('maxretry', random.pick(['5', '%(default/five)s', '3'])),
      'five = 5',
      ...(random.chance(0.5) ? [this.#typist.option('maxmatches', '%(maxretry)s')] : []),
      ...(random.chance(0.5) ? [this.#typist.option('bantime', random.pick(['10m', '1h 30m', '-1']))] : []),
    ];
  }

  #jailLines(name: string, isOverride: boolean): string[] {
    const random = this.#typist.random;
    const scope: Scope = {
      references: [
        ...variables,
        ...variables.map((variable) => `default/${variable}`),
        '__name__',
        `${/^[a-z-]+$/.test(name) ? name : 'web'}/v1`,
        'web/v2',
        'fail2ban_version',
        'fail2ban_confpath',
        ...(isOverride ? ['known/v3', 'known/logpath', 'known/port'] : []),
      ],
      tags: [],
    };
    const lines = [
      this.#typist.option('port', this.#typist.value(scope)),
      this.#typist.option('logpath', this.#logPath()),
    ];
    const maybe = (option: string, make: () => string, probability = 0.25): void => {
      if (random.chance(probability)) lines.push(this.#typist.option(option, make()));
    };
    maybe('v1', () => this.#typist.value({ references: ['v0', 'default/v0'], tags: [] }));
    maybe('enabled', () => random.pick(['true', 'false', 'no', 'True']));
    maybe('backend', () => random.pick(['auto', 'polling', 'systemd', 'systemd[journalflags=1]']));
    maybe('filter', () => this.#filterCall(), 0.6);
    maybe('action', () => this.#actionCalls(isOverride), 0.6);
    maybe('maxretry', () => random.pick(['3', 'x', '007', '-1', '%(default/five)s', '99999999999999999999']));
    maybe('findtime', () => random.pick(['600', '1d', '10m']));
    maybe('bantime.increment', () => random.pick(['true', 'false']));
    maybe('bantime.multipliers', () => '1 2 4 8');
    maybe('bantime.formula', () => 'ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)');
    maybe('ignoreip', () => random.pick(['127.0.0.1/8 ::1', '10.0.0.1, 10.0.0.2\n  fe80::1\t x', '']));
    maybe('ignorecommand', () => this.#typist.value({ ...scope, hasPercent: true }));
    maybe('ignoreself', () => random.pick(['true', 'false', 'maybe']));
    maybe('ignorecache', () => 'key="<ip>", max-count=100, max-time=5m');
    maybe('usedns', () => random.pick(['no', 'warn']));
    maybe('logencoding', () => 'utf-8');
    maybe('logtimezone', () => 'UTC+0200');
    maybe('maxlines', () => random.pick(['1', '10', 'x']), 0.15);
    maybe(
      'failregex',
      () => `${random.chance(0.5) ? '%(known/failregex)s\n' : ''}${this.#typist.value(scope, true)}`,
    );
    maybe('ignoreregex', () =>
      random.pick(['', '%(known/ignoreregex)s', this.#typist.value({ ...scope, hasPercent: true }, true)]),
    );
    maybe('prefregex', () => random.pick(['^%(v0)s <F-CONTENT>.+</F-CONTENT>$', '%(known/word1)s']));
    maybe('datepattern', () => random.pick(['%%Y-%%m-%%d', '{^LN-BEG}', 'EPOCH']), 0.15);
    maybe(
      'journalmatch',
      () => random.pick(['_COMM=x', '_COMM="x y" + A=\'b c\'\n_SYSTEMD_UNIT=z.service', 'a\\ b']),
      0.15,
    );
    return this.#typist.shuffled(lines);
  }

  #logPath(): string {
    const paths = [
      `${this.#logFolder}/a.log`,
      `${this.#logFolder}/*.log`,
      `${this.#logFolder}/[a-b].log tail`,
      `${this.#logFolder}/?.log head`,
      `${this.#logFolder}/[!a]*.log`,
      `${this.#logFolder}/sub*/x.log`,
      `${this.#logFolder}/missing`,
      `${this.#logFolder}/dangling.log`,
    ];
    return this.#typist.random.times(1, 3, () => this.#typist.random.pick(paths)).join('\n');
  }

  #filterCall(): string {
    const random = this.#typist.random;
    const name = random.chance(0.03) ? 'nothere' : random.pick(filters);
    if (random.chance(0.3)) return name;
    const list = random
      .times(1, 3, () => this.#typist.argument())
      .join(random.pick([', ', ',', ',\n', '][', '] [']));
    return random.chance(0.04) ? `${name}[${list}, oops` : `${name}[${list}]`;
  }

  #actionCalls(isOverride: boolean): string {
    const random = this.#typist.random;
    const calls = random.times(0, 3, () => {
      const name = random.chance(0.03) ? 'nothere' : random.pick(actions);
      if (random.chance(0.2)) return name;
      if (random.chance(0.1))
        return `notify.py[dest=me@x, ${random.chance(0.5) ? 'actname=other, ' : ''}text="ü\\"]`;
      const list = random.times(1, 3, () => this.#typist.argument());
      if (random.chance(0.3)) list.push(`name=${random.pick(['%(__name__)s', '%(__name__)s-2', 'own'])}`);
      if (random.chance(0.2)) list.push('actname=renamed');
      if (random.chance(0.2)) list.push('actionban="echo <ip> <t1>"');
      if (random.chance(0.2)) list.push(random.pick(['norestored=1', 'actionstart_on_demand=false']));
      return `${name}[${list.join(', ')}]${random.chance(0.04) ? '!' : ''}`;
    });
    if (isOverride && random.chance(0.3)) calls.unshift('%(known/action)s');
    return calls.join(random.pick(['\n', '\n', ' ']));
  }

  #add(path: string, lines: readonly string[]): void {
    this.#tree.set(path, this.#typist.layout(lines));
  }
}
