import { describeError, WarderError } from '../../base/index.ts';
import type { CompileRegex, Inspector, RulePulse } from '../../detect/index.ts';

type Regex = ReturnType<CompileRegex>;
type Rules = Inspector['rules'];

/** Knows which rule of a filter runs, and lets the one that held a line run with bounded steps from then on. */
export class HeldRules {
  readonly #regexes: Regex[] = [];
  #last = 0;
  #isRunning = false;

  readonly pulse: RulePulse = {
    begin: (rule) => {
      this.#last = rule;
      this.#isRunning = true;
    },
    end: () => {
      this.#isRunning = false;
    },
  };

  /** The compiler, so that all regexes are known, those of dates too. */
  watching(compile: CompileRegex): CompileRegex {
    return (pattern, flags) => {
      const regex = compile(pattern, flags);
      this.#regexes.push(regex);
      return regex;
    };
  }

  /** What went wrong with a line, with the rule where one took too many steps. */
  describe(error: unknown): string {
    const text = describeError(error);
    const isRule = error instanceof WarderError && error.code === 'REGEX_STEP_LIMIT';
    return isRule ? `${nameOf(this.#last)}: ${text}` : text;
  }

  /** The name of the rule that runs now and was ended. */
  giveUp(rules: Rules): string {
    if (!this.#isRunning) return 'something';
    this.#isRunning = false;
    for (const regex of this.#regexesOf(this.#last, rules)) regex?.runBounded();
    return nameOf(this.#last);
  }

  #regexesOf(rule: number, { prefix, fail, ignore }: Rules): readonly (Regex | undefined)[] {
    if (rule >= 0) return [fail[rule]?.regex];
    if (rule === -1) return [prefix?.regex];
    return rule === -2 ? ignore.map(({ regex }) => regex) : this.#regexes;
  }
}

/** As `RulePulse` numbers them. */
function nameOf(rule: number): string {
  if (rule >= 0) return `failregex ${rule + 1}`;
  return rule === -1 ? 'prefregex' : rule === -2 ? 'ignoreregex' : 'datepattern';
}
