import type { CharSet } from '../charset/charset.ts';
import { leadingRun } from '../transform/leading-run.ts';
import type {
  AtomicPart,
  BackreferencePart,
  CapturePart,
  ConditionalPart,
  LookPart,
  RepeatPart,
  Resolved,
} from '../transform/resolved.ts';
import { isDeterministic, minWidth } from '../transform/traits.ts';
import { type Alphabet, setSource } from './alphabet.ts';
import { boundarySource, positionSource } from './anchors.ts';
import { planReferences, type ReferencePlan } from './references.ts';
import type { Survey } from './survey.ts';

export interface Generated {
  /** The text for V8. It needs the flags of the alphabet, and no others. */
  readonly source: string;
  /** May stand before it (which then has no alternatives) in a search from the start of a text, which it spares useless tries. */
  readonly searchPrefix: string;
  /** V8's number of each Python group; groups of our own stand in between. */
  readonly groupNumbers: ReadonlyMap<number, number>;
}

/** Writes a pattern that V8 runs exactly (`whyNotNative`) in V8's language. */
export function generate(root: Resolved, survey: Survey, alphabet: Alphabet): Generated {
  const generator = new Generator(survey, alphabet);
  const run = leadingRun(root);
  return {
    source: generator.body(root),
    searchPrefix: run === undefined ? '' : `(?<!${setSource(run, alphabet)})`,
    groupNumbers: generator.groupNumbers,
  };
}

class Generator {
  readonly groupNumbers = new Map<number, number>();
  readonly #alphabet: Alphabet;
  readonly #plans: ReadonlyMap<BackreferencePart | ConditionalPart, ReferencePlan>;
  /** Groups that need a mark of their own, see `ReferencePlan`. */
  readonly #marked: ReadonlySet<number>;
  readonly #markNumbers = new Map<number, number>();
  readonly #setSources = new Map<CharSet, string>();
  #groups = 0;

  constructor(survey: Survey, alphabet: Alphabet) {
    this.#alphabet = alphabet;
    this.#plans = planReferences(survey);
    const tested = [...this.#plans].filter(([, plan]) => plan === 'tested');
    this.#marked = new Set(tested.map(([part]) => part.group));
  }

  /** Text that stands alone in parentheses. */
  body(part: Resolved): string {
    if (part.kind !== 'alternation') return this.#part(part);
    return part.options.map((option) => this.#part(option)).join('|');
  }

  /** Text that stands in a sequence. */
  #part(part: Resolved): string {
    switch (part.kind) {
      case 'char':
        return this.#set(part.set);
      case 'position':
        return positionSource(part.at, this.#alphabet);
      case 'boundary':
        return this.#sequence([part]);
      case 'sequence':
        return this.#sequence(part.items);
      case 'alternation':
        return `(?:${this.body(part)})`;
      case 'repeat':
        return this.#repeat(part);
      case 'capture':
        return this.#capture(part);
      case 'atomic':
        return this.#atomic(part.body);
      case 'look':
        return this.#look(part);
      case 'backreference':
        return this.#backreference(part);
      case 'conditional':
        return this.#conditional(part);
    }
  }

  #sequence(items: readonly Resolved[]): string {
    const flat = items.flatMap((item) => (item.kind === 'sequence' ? item.items : [item]));
    return flat
      .map((item, at) =>
        item.kind === 'boundary'
          ? boundarySource(item, flat.slice(0, at), flat.slice(at + 1), this.#set(item.word))
          : this.#part(item),
      )
      .join('');
  }

  #set(set: CharSet): string {
    const known = this.#setSources.get(set);
    if (known !== undefined) return known;
    const source = setSource(set, this.#alphabet);
    this.#setSources.set(set, source);
    return source;
  }

  #repeat(part: RepeatPart): string {
    if (part.mode !== 'possessive') return this.#loop(part);
    // Every turn is atomic too: `(?:a|ab){2}+` never goes back into its first turn.
    const body: Resolved = isDeterministic(part.body) ? part.body : { kind: 'atomic', body: part.body };
    return this.#atomic({ ...part, body, mode: 'greedy' });
  }

  #loop({ body, min, max, mode }: RepeatPart): string {
    if (min === 0 && max === 1 && minWidth(body) === 0) {
      // V8 refuses a turn that matches nothing, Python takes it; an alternative is free of that.
      return mode === 'lazy' ? `(?:|${this.#part(body)})` : `(?:${this.#part(body)}|)`;
    }
    const atom = body.kind === 'char' ? this.#set(body.set) : `(?:${this.body(body)})`;
    return atom + quantifier(min, max) + (mode === 'lazy' ? '?' : '');
  }

  #capture(part: CapturePart): string {
    let mark = '';
    if (this.#marked.has(part.group)) {
      this.#markNumbers.set(part.group, this.#nextGroup());
      mark = '(?=([^]*))';
    }
    this.groupNumbers.set(part.group, this.#nextGroup());
    return `${mark}(${this.body(part.body)})`;
  }

  /** V8 has no atomic groups, but never goes back into a lookahead; what that captured is then consumed. */
  #atomic(body: AtomicPart['body']): string {
    if (isDeterministic(body)) return `(?:${this.body(body)})`;
    const group = this.#nextGroup();
    return `(?=(${this.body(body)}))(?:\\${group})`;
  }

  #look(part: LookPart): string {
    return `(?${part.behind ? '<' : ''}${part.negated ? '!' : '='}${this.body(part.body)})`;
  }

  #backreference(part: BackreferencePart): string {
    const group = this.groupNumbers.get(part.group);
    if (group === undefined || this.#plans.get(part) === 'unset') return '[]';
    return `${this.#plans.get(part) === 'tested' ? this.#test(part.group, true) : ''}(?:\\${group})`;
  }

  #conditional(part: ConditionalPart): string {
    const plan = this.#plans.get(part);
    if (plan === 'set') return this.#part(part.yes);
    if (plan === 'unset' || !this.#markNumbers.has(part.group)) return this.#part(part.no);
    const [isSet, isUnset] = [this.#test(part.group, true), this.#test(part.group, false)];
    return `(?:${isSet}${this.#part(part.yes)}|${isUnset}${this.#part(part.no)})`;
  }

  /** True where the group is set, or unset; see `ReferencePlan`. */
  #test(group: number, isSet: boolean): string {
    return `(?${isSet ? '!' : '='}\\${this.#markNumbers.get(group)})`;
  }

  #nextGroup(): number {
    this.#groups += 1;
    return this.#groups;
  }
}

function quantifier(min: number, max: number): string {
  if (max === 1 && min === 0) return '?';
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}
