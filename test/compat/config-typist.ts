import { SeededRandom } from '../support/random.ts';

/** Names of variables; each may refer to those before it only, so that circles stay rare. */
export const variables = ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'];
/** Names of tags in filters and actions, likewise. */
export const tags = ['t0', 't1', 't2', 't3', 'x.t4', 'x-t5'];
const words = [
  'alpha',
  'beta',
  'a,b',
  'x=y',
  'c:d',
  '#no-comment',
  'a;b',
  'été',
  '"q"',
  "'s'",
  '[z]',
  '^\\s+\\S*$',
  '<HOST>',
  '(?P<named>x)',
  '<F-ID>',
  '$(cmd)',
  'a\\nb',
];
/** What a value may be made of. */
export interface Scope {
  /** References that surely lead somewhere. */
  readonly references: readonly string[];
  readonly tags: readonly string[];
  /** Percent signs do no harm here; a filter's are read once more by jails that refer to it. */
  readonly hasPercent?: boolean;
}

/** Types configuration as people do: with every spelling, spacing and comment that the language knows. */
export class Typist {
  readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** An option as somebody might have typed it. */
  option(name: string, value: string): string {
    const random = this.random;
    const written = random.chance(0.1) ? name.toUpperCase() : name;
    const delimiter = random.pick([' = ', '=', ' : ', ':', '   =  ']);
    const indent = ' '.repeat(random.integer(1, 8));
    const lines = value.split('\n').map((line, index) => {
      const comment = random.chance(0.1) ? `${random.pick([' ', '\t'])}; a comment` : '';
      return index === 0 ? line + comment : `${indent}${line}${comment}`;
    });
    if (lines.length > 1 && random.chance(0.3))
      lines.splice(1, 0, random.pick(['', '# comment', '   ; comment', '   ']));
    return `${written}${delimiter}${lines.join('\n')}`;
  }

  /** The whole file, with comments and empty lines strewn in. */
  layout(lines: readonly string[]): string {
    const random = this.random;
    const noisy = lines.flatMap((line) =>
      random.chance(0.1) ? [random.pick(['', '# c', '; c', '  # c']), line] : [line],
    );
    const newline = random.chance(0.1) ? '\r\n' : '\n';
    return noisy.join('\n').replaceAll('\n', newline) + (random.chance(0.9) ? newline : '');
  }

  /** A value with references and tags; with `isLong` over several lines. */
  value(scope: Scope, isLong = false): string {
    const random = this.random;
    const lines = random.times(1, isLong ? 4 : 1, () =>
      random.times(0, 4, () => this.#piece(scope)).join(random.pick([' ', '', '-'])),
    );
    return lines.join('\n');
  }

  /** Values of all variables for `[DEFAULT]`, each made of the ones before. */
  variableLines(all: boolean): string[] {
    return variables.flatMap((name, index) => {
      if (!all && this.random.chance(0.7)) return [];
      const references = variables.slice(0, index).flatMap((other) => [other, `default/${other}`]);
      return [this.option(name, this.value({ references, tags: [] }, this.random.chance(0.2)))];
    });
  }

  /** One `name=value` for a filter or action. */
  argument(): string {
    const random = this.random;
    const name = random.pick([...tags, 'logtype', 'unread', 'maxlines', 'port']);
    const text = random.pick([
      'plain',
      '"quoted, with ] comma"',
      "'single, %(v1)s'",
      '%(v0)s',
      `"more|<known/${name}>"`,
      '"%(port)s"',
      '',
      '3',
    ]);
    return `${name}=${name === 'logtype' ? random.pick(['file', 'journal', 'short']) : name === 'maxlines' ? '4' : text}`;
  }

  #piece(scope: Scope): string {
    const random = this.random;
    const kind = random.next();
    if (kind < 0.3 && scope.references.length > 0) {
      const name = random.chance(0.0005) ? 'undefined' : random.pick(scope.references);
      return `%(${random.chance(0.05) && !name.includes('/') && name !== '__name__' ? name.toUpperCase() : name})s`;
    }
    if (kind < 0.5 && scope.tags.length > 0) {
      const tag = random.pick(scope.tags);
      return `<${random.chance(0.002) ? tags.at(-1) : tag}>`;
    }
    if (kind < 0.56 && scope.hasPercent === true) return '%%';
    return random.pick(words);
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, order: this.random.next() }))
      .sort((a, b) => a.order - b.order)
      .map(({ item }) => item);
  }
}
