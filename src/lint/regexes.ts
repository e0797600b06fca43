import type { WrittenRule } from '../config/index.ts';
import { expandTags } from '../detect/index.ts';
import {
  attackText,
  type BacktrackingVerdict,
  compilePythonRegex,
  findTwoPlaces,
  isAnchoredAtStart,
  judgeBacktracking,
  parsePythonRegex,
  type RegexTree,
  type RequiredLiterals,
  type TwoPlaces,
} from '../pyregex/index.ts';
import { isAddressGroup, markAddresses } from './tags.ts';

/** What is known about one regex, independent of where it stands. */
export interface RegexReport {
  /** As the engine gets it. */
  readonly pattern: string;
  readonly backtracking: BacktrackingVerdict;
  readonly isAnchored: boolean | undefined;
  readonly movable: MovablePlace | undefined;
  readonly requiredLiterals: RequiredLiterals | null;
  readonly groups: ReadonlySet<string>;
}

/** A group whose place somebody may choose. */
export interface MovablePlace extends TwoPlaces {
  readonly what: 'address' | 'message';
  /** The text of `part`. */
  readonly swallower: string;
}

/** Judges regexes and remembers: many jails and settings have rules in common. */
export class RegexJudge {
  readonly #reports = new Map<string, RegexReport | undefined>();

  /** The report on a rule; undefined if it cannot be compiled, which is reported elsewhere. */
  judge({ kind, text }: Pick<WrittenRule, 'kind' | 'text'>, severalLines: boolean): RegexReport | undefined {
    const key = `${kind} ${severalLines} ${text}`;
    if (!this.#reports.has(key)) this.#reports.set(key, this.#judge(kind, text, severalLines));
    return this.#reports.get(key);
  }

  #judge(kind: WrittenRule['kind'], text: string, severalLines: boolean): RegexReport | undefined {
    try {
      const flags = severalLines && kind === 'failregex' ? 'm' : '';
      const pattern = expandTags(text, 'warn');
      const tree = parsePythonRegex(pattern, flags);
      const regex = compilePythonRegex(pattern, { flags });
      return {
        pattern,
        backtracking: judgeBacktracking(tree, { severalLines }),
        isAnchored: isAnchoredAtStart(tree),
        movable: kind === 'ignoreregex' || severalLines ? undefined : movableIn(text, kind),
        requiredLiterals: regex.requiredLiterals,
        groups: new Set(tree.groupNames.keys()),
      };
    } catch {
      return undefined;
    }
  }
}

/** Of a prefregex, where the content begins counts as well: it decides what message the rules see. */
function movableIn(text: string, kind: WrittenRule['kind']): MovablePlace | undefined {
  let tree: RegexTree;
  try {
    tree = parsePythonRegex(expandTags(markAddresses(text), 'warn'));
  } catch {
    return undefined;
  }
  const names = [...tree.groupNames.keys()];
  const describe = (what: MovablePlace['what'], groups: readonly string[]): MovablePlace | undefined => {
    const found = findTwoPlaces(tree, groups);
    if (found === undefined) return undefined;
    return { ...found, what, swallower: tree.source.slice(found.part.start, found.part.end) };
  };
  const content = kind === 'prefregex' ? names.filter((name) => name === 'content') : [];
  return describe('address', names.filter(isAddressGroup)) ?? describe('message', content);
}

/** The beginning of a text that makes a regex slow, to show it. */
export function attackExample({ attack }: BacktrackingVerdict): string | undefined {
  return attack === undefined ? undefined : attackText(attack, shownPumps);
}

const shownPumps = 12;
