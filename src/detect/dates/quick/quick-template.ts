import { commonPatterns } from '../default-patterns.ts';
import type { TemplateSpec } from '../pattern.ts';
import type { DateParts } from './date-parts.ts';
import {
  atStart,
  behindBracket,
  behindPriority,
  inBrackets,
  inLastBrackets,
  nearStart,
  type ReadPlace,
} from './places.ts';
import { type ReadSpelling, readApache, readCompact, readEpoch, readIso, readSyslog } from './spellings.ts';

/** How a template's dates are read without its regex. */
export interface QuickTemplate {
  /**
   * Whether the date may stand anywhere: then it is only looked for where the last one stood. Else its place follows
   * from the line alone.
   */
  readonly isFloating: boolean;
  /** So many bytes of a line are looked at. */
  readonly reach: number;
  /** Reads a line, or from where a floating date stood to where it ended. False where the regex must decide. */
  read(bytes: Uint8Array, start: number, end: number, parts: DateParts): boolean;
}

/** Where in the line a spelling is looked for. */
interface QuickPlace {
  /** The pattern of the template, around that of the spelling. */
  pattern(spelling: string): string;
  readonly read: ReadPlace;
  readonly isFloating: boolean;
  readonly reach: number;
}

const nearReach = 64;
const farReach = 256;

const places: readonly QuickPlace[] = [
  { pattern: (text) => `{^LN-BEG}${text}`, read: nearStart, isFloating: false, reach: nearReach },
  { pattern: (text) => `^${text}`, read: atStart, isFloating: false, reach: nearReach },
  { pattern: (text) => text, read: atStart, isFloating: true, reach: farReach },
  { pattern: (text) => `^<\\d+>\\d+\\s+${text}`, read: behindPriority, isFloating: false, reach: nearReach },
  { pattern: (text) => `^[^\\[]*\\[(${text})`, read: behindBracket, isFloating: false, reach: farReach },
  { pattern: (text) => `^[^\\[]*(\\[${text}\\s*\\])`, read: inBrackets, isFloating: false, reach: farReach },
  {
    pattern: (text) => `^(?:[^"\\\\]|\\\\.)*\\[(${text})\\s*\\]`,
    read: inLastBrackets,
    isFloating: false,
    reach: farReach,
  },
];

const spellings: readonly (readonly [pattern: string, read: ReadSpelling])[] = [
  [commonPatterns.iso, readIso],
  [commonPatterns.strictIso, readIso],
  [commonPatterns.syslog, readSyslog],
  [commonPatterns.apache, readApache],
  [commonPatterns.compact, readCompact],
];

/** The quick reading for a template; undefined where its regex alone can tell. */
export function quickTemplate(spec: TemplateSpec): QuickTemplate | undefined {
  if (spec.kind === 'epoch' && spec.pattern === undefined && spec.bound.lineBoundAdded) {
    return make(places[0]!, readEpoch);
  }
  if (spec.kind !== 'fields') return undefined;
  for (const [pattern, read] of spellings) {
    const place = places.find((each) => each.pattern(pattern) === spec.pattern);
    if (place !== undefined) return make(place, read);
  }
  return undefined;
}

function make({ read: readPlace, isFloating, reach }: QuickPlace, spelling: ReadSpelling): QuickTemplate {
  return {
    isFloating,
    reach,
    read: (bytes, start, end, parts) => readPlace(bytes, start, end, spelling, parts),
  };
}
