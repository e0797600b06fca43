import { alphabets, codeEscape, setChar } from './pattern-characters.ts';
import type { Random } from './random.ts';

/**
 * A pattern, and one of the same meaning for the oracle.
 *
 * They differ in possessive repetitions of more than a character. `X{m,n}+` means `(?>(?>X){m,n})`, but up to 3.11.4
 * Python's engine mishandles the former: it corrupts groups, down to a SystemError (CPython issue 101955), and takes
 * what a failed turn has consumed (106052).
 */
export interface GeneratedPattern {
  readonly ours: string;
  readonly python: string;
  /** It is one character, or one of a set. */
  readonly isChar?: boolean;
}

export interface GeneratedCase extends GeneratedPattern {
  readonly flags: string;
  readonly subjects: readonly (readonly [string, number])[];
}

const escapesOfSets = ['\\w', '\\W', '\\d', '\\D', '\\s', '\\S'];

/** Makes random patterns that use every construct, and texts that they have a chance to match. */
export class PatternGenerator {
  readonly #random: Random;
  #alphabet: readonly string[] = [];
  #groups = 0;
  #closed: number[] = [];
  #names = new Map<number, string>();
  #budget = 0;
  #verbose = false;

  constructor(random: Random) {
    this.#random = random;
  }

  case(subjects: number): GeneratedCase {
    const random = this.#random;
    this.#alphabet = random.pick(alphabets);
    if (random.oneIn(4)) this.#alphabet = [...this.#alphabet, ...random.pick(alphabets).slice(0, 2)];
    this.#groups = 0;
    this.#closed = [];
    this.#names = new Map();
    this.#budget = 3 + random.below(20);
    this.#verbose = random.oneIn(15);
    const start = random.oneIn(8)
      ? random.pick(['(?i)', '(?s)', '(?m)', '(?a)', '(?ims)', '(?u)', '(?ai)'])
      : '';
    const { ours, python } = this.#alternation(0);
    const flags = [...'imsa'].filter((flag) => random.oneIn(flag === 'a' ? 12 : 4)).join('');
    return {
      ours: start + ours,
      python: start + python,
      flags: (start.includes('u') ? flags.replace('a', '') : flags) + (this.#verbose ? 'x' : ''),
      subjects: Array.from({ length: subjects }, () => this.subject()),
    };
  }

  /** A text, with an index in code points to begin at. */
  subject(): readonly [string, number] {
    const random = this.#random;
    const length = random.pickWeighted([
      [1, 0],
      [2, 1],
      [3, 2],
      [10, 3 + random.below(8)],
    ]);
    let text = '';
    for (let count = 0; count < length; count += 1) {
      text += random.oneIn(25) ? random.pick(random.pick(alphabets)) : random.pick(this.#alphabet);
    }
    if (random.oneIn(6)) text += '\n';
    return [text, random.oneIn(3) ? random.below(Array.from(text).length + 1) : 0];
  }

  #alternation(depth: number): GeneratedPattern {
    const options = [this.#sequence(depth)];
    while (this.#random.oneIn(4) && this.#budget > 0) options.push(this.#sequence(depth));
    return join(options, '|');
  }

  #sequence(depth: number): GeneratedPattern {
    const items: GeneratedPattern[] = [];
    const length = this.#random.pickWeighted([
      [1, 0],
      [4, 1],
      [6, 2],
      [4, 3],
      [2, 4],
    ]);
    for (let count = 0; count < length && this.#budget > 0; count += 1) items.push(this.#item(depth));
    return join(items, this.#glue());
  }

  /** What means nothing between two items. */
  #glue(): string {
    if (this.#verbose) return this.#random.pick(['', ' ', '\n\t', ' # )\n', '(?# [)']);
    return this.#random.oneIn(40) ? '(?#()' : '';
  }

  #item(depth: number): GeneratedPattern {
    this.#budget -= 1;
    if (this.#random.oneIn(9)) return this.#assertion(depth);
    const atom = this.#atom(depth);
    return this.#random.oneIn(3) ? this.#quantified(atom) : atom;
  }

  #quantified(atom: GeneratedPattern): GeneratedPattern {
    const random = this.#random;
    const quantifier = random.pickWeighted([
      [5, '*'],
      [5, '+'],
      [5, '?'],
      [1, '{2}'],
      [1, '{1,2}'],
      [1, '{2,}'],
      [1, '{,2}'],
      [1, '{0,3}'],
      [1, '{0}'],
      [1, '{3,4}'],
      [1, '{,}'],
      [1, '{1}'],
    ]);
    const mode = random.pickWeighted([
      [6, ''],
      [3, '?'],
      [1, '+'],
    ]);
    const ours = atom.ours + quantifier + mode;
    if (mode !== '+' || atom.isChar === true) return { ours, python: atom.python + quantifier + mode };
    return { ours, python: `(?>(?>${atom.python})${quantifier})` };
  }

  #assertion(depth: number): GeneratedPattern {
    const random = this.#random;
    const simple = random.pick(['^', '$', '\\A', '\\Z', '\\b', '\\B', '\\b']);
    return random.pickWeighted([
      [5, () => same(simple)],
      [2, () => this.#wrapped('(?=', depth)],
      [2, () => this.#wrapped('(?!', depth)],
      [2, () => this.#lookbehind('(?<=', depth)],
      [2, () => this.#lookbehind('(?<!', depth)],
      // A group around it, so that it may be quantified.
      [1, () => this.#quantified(same(`(?:${simple})`))],
    ] as const)();
  }

  #atom(depth: number): GeneratedPattern {
    const random = this.#random;
    const deep = depth > 4 || this.#budget <= 0;
    return random.pickWeighted([
      [14, () => sameChar(this.#char())],
      [3, () => sameChar('.')],
      [4, () => sameChar(random.pick(escapesOfSets))],
      [4, () => sameChar(this.#set())],
      [deep ? 0 : 8, () => this.#capture(depth)],
      [deep ? 0 : 6, () => this.#wrapped('(?:', depth)],
      [deep ? 0 : 1, () => this.#wrapped('(?>', depth)],
      [
        deep ? 0 : 1,
        () =>
          this.#wrapped(
            random.pick(['(?i:', '(?-i:', '(?s:', '(?m:', '(?a:', '(?u:', '(?-m:', '(?i-s:']),
            depth,
          ),
      ],
      [this.#closed.length > 0 ? 5 : 0, () => same(this.#reference())],
      [deep || this.#groups === 0 ? 0 : 4, () => this.#conditional(depth)],
    ] as const)();
  }

  #capture(depth: number): GeneratedPattern {
    this.#groups += 1;
    const group = this.#groups;
    let open = '(';
    if (this.#random.oneIn(5)) {
      this.#names.set(group, `g${group}`);
      open = `(?P<g${group}>`;
    }
    const body = this.#alternation(depth + 1);
    this.#closed.push(group);
    return join([same(open), body, same(')')], '');
  }

  #wrapped(open: string, depth: number): GeneratedPattern {
    return join([same(open), this.#alternation(depth + 1), same(')')], '');
  }

  #reference(): string {
    const group = this.#random.pick(this.#closed);
    const name = this.#names.get(group);
    // In parentheses, so that a digit after it is none of its own.
    const numbered = this.#alphabet.includes('1') ? `(?:\\${group})` : `\\${group}`;
    return name === undefined ? numbered : this.#random.oneIn(2) ? `(?P=${name})` : numbered;
  }

  #conditional(depth: number): GeneratedPattern {
    // Any group: also one that is still open, and seldom one that comes later or never.
    const group = 1 + this.#random.below(this.#groups + (this.#random.oneIn(10) ? 1 : 0));
    const name = this.#names.get(group);
    const condition = name !== undefined && this.#closed.includes(group) ? name : String(group);
    const parts = [same(`(?(${condition})`), this.#sequence(depth + 1)];
    if (this.#random.below(3) > 0) parts.push(same('|'), this.#sequence(depth + 1));
    return join([...parts, same(')')], '');
  }

  /** Mostly of a fixed width; where it is not, both must refuse it. */
  #lookbehind(open: string, depth: number): GeneratedPattern {
    if (this.#random.oneIn(8)) return this.#wrapped(open, depth);
    const width = this.#random.below(4);
    const options = [this.#fixed(width, depth)];
    while (this.#random.oneIn(3)) options.push(this.#fixed(width, depth));
    return join([same(open), join(options, '|'), same(')')], '');
  }

  #fixed(width: number, depth: number): GeneratedPattern {
    const random = this.#random;
    const items: GeneratedPattern[] = [];
    for (let left = width; left > 0; left -= 1) {
      const char = same(random.pick([this.#char(), '.', this.#set(), random.pick(escapesOfSets)]));
      if (left > 1 && random.oneIn(5)) {
        items.push(join([char, same('{2}')], ''));
        left -= 1;
      } else if (random.oneIn(4)) {
        items.push(this.#fixedGroup(char));
      } else {
        items.push(char);
      }
      if (random.oneIn(8) && depth < 4) items.push(this.#assertion(depth + 3));
    }
    return join(items, '');
  }

  #fixedGroup(char: GeneratedPattern): GeneratedPattern {
    if (this.#random.oneIn(4)) return join([same('(?>'), char, same(')')], '');
    this.#groups += 1;
    this.#closed.push(this.#groups);
    const other = this.#random.oneIn(2) ? `|${this.#char()}` : '';
    return join([same('('), char, same(`${other})`)], '');
  }

  #char(): string {
    const char = this.#random.pick(this.#alphabet);
    const code = char.codePointAt(0)!;
    if (this.#random.oneIn(12)) return codeEscape(code, this.#random);
    if (this.#verbose && /[\s#]/.test(char)) return `\\${char}`;
    return /[\^$\\.*+?()[\]{}|]/.test(char) ? `\\${char}` : char;
  }

  #set(): string {
    const random = this.#random;
    let set = random.oneIn(3) ? '[^' : '[';
    const count = 1 + random.below(3);
    for (let at = 0; at < count; at += 1) {
      if (random.oneIn(4)) {
        set += random.pick(escapesOfSets);
      } else if (random.below(3) === 0) {
        const codes = [random.pick(this.#alphabet), random.pick(this.#alphabet)].map(
          (char) => char.codePointAt(0)!,
        );
        codes.sort((one, other) => one - other);
        set += `${setChar(codes[0]!)}-${setChar(codes[1]!)}`;
      } else {
        set += setChar(random.pick(this.#alphabet).codePointAt(0)!);
      }
    }
    return `${set}]`;
  }
}

function same(text: string): GeneratedPattern {
  return { ours: text, python: text };
}

function sameChar(text: string): GeneratedPattern {
  return { ours: text, python: text, isChar: true };
}

function join(parts: readonly GeneratedPattern[], glue: string): GeneratedPattern {
  return {
    ours: parts.map(({ ours }) => ours).join(glue),
    python: parts.map(({ python }) => python).join(glue),
  };
}
