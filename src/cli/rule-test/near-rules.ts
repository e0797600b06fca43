import { expandTags, type FilterSettings, type Inspector } from '../../detect/index.ts';
import { type CompiledRegex, compilePythonRegex } from '../../pyregex/index.ts';
import type { LineVerdict } from '../regex/verdict.ts';
import { type NearMiss, nearMiss } from './near-miss.ts';

/** The rule that came nearest to a line that none matched. */
export interface NearestRule extends NearMiss {
  /** Index of the failregex; undefined: the prefregex, without which none is tried. */
  readonly rule: number | undefined;
  /** Start and end, in the message, of the part of the line that fits. */
  readonly start: number;
}

/** Less in common than this share of a rule's text is chance. */
const leastShare = 0.3;
/** Parts of rules are compiled again and again; so many are kept. */
const mostParts = 4000;
/** What a part may cost on one line. */
const mostSteps = 200_000;
/** Longer lines are looked at up to here. */
const longestText = 4000;

/** Finds, for lines that missed, the rule that came nearest. */
export class NearRules {
  readonly #rules: Inspector['rules'];
  readonly #useDns: FilterSettings['useDns'];
  readonly #parts = new Map<string, CompiledRegex | undefined>();

  constructor(rules: Inspector['rules'], useDns: FilterSettings['useDns']) {
    this.#rules = rules;
    this.#useDns = useDns;
  }

  /** The nearest rule; undefined where none is near. */
  find({ message, prefix }: LineVerdict): NearestRule | undefined {
    if (prefix.kind === 'refused') return this.#ofPrefix(message);
    const content = prefix.kind === 'matched' ? prefix.fields().get('content') : message;
    const text = typeof content === 'string' ? content : message;
    const start = Math.max(0, message.lastIndexOf(text));
    let best: NearestRule | undefined;
    for (const { index, source } of this.#rules.fail) {
      const miss = this.#miss(source, text);
      if (miss === undefined || miss.share < leastShare || miss.literals <= (best?.literals ?? 0)) continue;
      best = { ...miss, rule: index, start, end: start + miss.end };
    }
    return best;
  }

  #ofPrefix(message: string): NearestRule | undefined {
    const { prefix } = this.#rules;
    const miss = prefix === undefined ? undefined : this.#miss(prefix.source, message);
    return miss === undefined || miss.share < leastShare ? undefined : { ...miss, rule: undefined, start: 0 };
  }

  #miss(source: string, text: string): NearMiss | undefined {
    try {
      return nearMiss(source, text.slice(0, longestText), (part) => this.#compile(part));
    } catch {
      // A part takes too many steps on this line: then the line gets no explanation.
      return undefined;
    }
  }

  #compile(part: string): CompiledRegex | undefined {
    if (this.#parts.has(part)) return this.#parts.get(part);
    if (this.#parts.size >= mostParts) this.#parts.clear();
    const compiled = this.#tryCompile(part);
    this.#parts.set(part, compiled);
    return compiled;
  }

  #tryCompile(part: string): CompiledRegex | undefined {
    try {
      return compilePythonRegex(expandTags(part, this.#useDns), { engine: 'backtrack', maxSteps: mostSteps });
    } catch {
      return undefined;
    }
  }
}
