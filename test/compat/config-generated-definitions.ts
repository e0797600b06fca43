import { actions, filters } from './config-generated-jails.ts';
import { type Scope, type Typist, tags, variables } from './config-typist.ts';

/** Makes up filters and actions. */
export class DefinitionGenerator {
  readonly #typist: Typist;
  readonly #tree: Map<string, string>;

  constructor(typist: Typist, tree: Map<string, string>) {
    this.#typist = typist;
    this.#tree = tree;
  }

  make(): void {
    for (const name of filters) this.#definitionFiles('filter.d', name);
    for (const name of actions) this.#definitionFiles('action.d', name);
    for (const folder of ['filter.d', 'action.d']) {
      this.#tree.set(`${folder}/common.conf`, this.#common(true));
      this.#add(`${folder}/more.conf`, ['[INCLUDES]', 'before = common.conf', '[Init]', 't2 = more <t1>']);
      this.#add(`${folder}/INCLUDES-fone.conf`, ['[Definition]', this.#typist.option('v4', 'late %(v1)s')]);
    }
    if (this.#typist.random.chance(0.3)) this.#tree.set('filter.d/common.local', this.#common(false));
  }

  #common(isWhole: boolean): string {
    const lines = ['[DEFAULT]', ...this.#typist.variableLines(isWhole)];
    lines.push(
      '[Init]',
      this.#typist.option('t0', 'common t0'),
      '[shared]',
      'w = <t1>',
      this.#typist.option('v2', 'shared v2'),
    );
    return this.#typist.layout(lines);
  }

  #definitionFiles(folder: string, name: string): void {
    const random = this.#typist.random;
    this.#add(`${folder}/${name}.conf`, this.#definition(folder, name, true));
    for (const file of [`${name}.local`, `${name}.d/x.conf`, `${name}.d/y.local`]) {
      if (random.chance(0.25)) this.#add(`${folder}/${file}`, this.#definition(folder, name, false));
    }
  }

  #definition(folder: string, name: string, isWhole: boolean): string[] {
    const random = this.#typist.random;
    const lines: string[] = [];
    if (isWhole) {
      lines.push('[INCLUDES]', 'before = common.conf');
      if (random.chance(0.2)) lines.push(`after = more.conf\n   %(__name__)s-${name}.conf\n   common.conf`);
    }
    const references = [
      ...variables,
      'default/v1',
      'shared/v2',
      ...(isWhole ? [] : ['known/v3', 'known/pattern1']),
    ];
    const scope: Scope = {
      references,
      tags: [
        ...tags,
        't<idx>',
        'known/t1',
        'DEFAULT/v0',
        'default/v2',
        'shared/v2',
        'Definition/word1',
        'unknown',
        'HOST',
        'ip',
      ],
    };
    lines.push('[Definition]', this.#typist.option('word1', this.#typist.value({ references, tags: [] })));
    lines.push(this.#typist.option('pattern1', this.#typist.value({ references: variables, tags: ['t2'] })));
    const own = folder === 'filter.d' ? this.#filterOptions(scope) : this.#actionOptions(scope);
    lines.push(...own, '[Init]', this.#typist.option('idx', random.pick(['0', '1'])));
    for (const [index, tag] of tags.entries()) {
      if (!isWhole && random.chance(0.7)) continue;
      lines.push(
        this.#typist.option(tag, this.#typist.value({ references: variables, tags: tags.slice(0, index) })),
      );
    }
    if (folder === 'action.d') {
      lines.push(
        this.#typist.option('cond0', 'four'),
        '[Init?family=inet6]',
        this.#typist.option('cond0', this.#typist.value({ references: ['v1'], tags: ['t1'] })),
      );
    }
    if (random.chance(0.2)) lines.push(this.#typist.option('timeout', '30'));
    return lines;
  }

  #filterOptions(scope: Scope): string[] {
    const random = this.#typist.random;
    const lines = [
      this.#typist.option('failregex', this.#typist.value(scope, true)),
      this.#typist.option('ignoreregex', this.#typist.value(scope, random.chance(0.3))),
    ];
    if (random.chance(0.5)) lines.push(this.#typist.option('prefregex', this.#typist.value(scope)));
    if (random.chance(0.3)) lines.push(this.#typist.option('maxlines', random.pick(['1', '<idx>', '8'])));
    if (random.chance(0.3)) lines.push(this.#typist.option('datepattern', '{^LN-BEG}%%ExY-<t1>'));
    if (random.chance(0.3))
      lines.push(this.#typist.option('journalmatch', '_SYSTEMD_UNIT=<x.t4>.service + _COMM=y'));
    if (random.chance(0.2)) lines.push(this.#typist.option('logtype', random.pick(['file', 'journal'])));
    if (random.chance(0.2)) lines.push(this.#typist.option('usedns', 'no'));
    return this.#typist.shuffled(lines);
  }

  #actionOptions(scope: Scope): string[] {
    const random = this.#typist.random;
    const lines = [
      'actionstart',
      'actionstop',
      'actionban',
      'actionunban',
      'actioncheck',
      'actionflush',
      'custom',
    ].flatMap((option) => {
      if (random.chance(0.3)) return [];
      const inner: Scope = {
        ...scope,
        hasPercent: true,
        tags: [...scope.tags, 'cond0', 'matches', 'bantime', 'name', 'actname', 'maxretry'],
      };
      return [this.#typist.option(option, this.#typist.value(inner, random.chance(0.4)))];
    });
    if (random.chance(0.3)) lines.push(this.#typist.option('norestored', random.pick(['1', 'true', 'no'])));
    if (random.chance(0.3)) lines.push(this.#typist.option('actionstart_on_demand', 'yes'));
    return this.#typist.shuffled(lines);
  }

  #add(path: string, lines: readonly string[]): void {
    this.#tree.set(path, this.#typist.layout(lines));
  }
}
