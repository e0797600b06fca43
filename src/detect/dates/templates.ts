import { WarderError } from '../../base/index.ts';
import { defaultPatterns } from './default-patterns.ts';
import type { Directive } from './directives.ts';
import { makeSpec, type TemplateSpec, unboundPattern } from './pattern.ts';

/** A template and how much more its hits count than those of others. */
export interface WeightedSpec {
  readonly spec: TemplateSpec;
  readonly weight: number;
}

/** A date at the start of the line is preferred to the same date elsewhere, which an attacker may have written. */
const lineStartWeight = 100;

/**
 * The templates of a `datepattern` setting, in the order in which they are first tried; undefined, blank or `{DEFAULT}`
 * alone gives all default ones. Each line of the setting is a pattern; `{^LN-BEG}` alone is all defaults at the start
 * of the line, `{DATE}` within a pattern stands for each of the defaults, `{NONE}` is for logs without dates.
 *
 * Throws `DETECT_DATE_PATTERN` for a pattern that is wrong or given twice.
 */
export function makeTemplates(
  datePattern: string | undefined,
  directives: ReadonlyMap<string, Directive>,
): WeightedSpec[] {
  const lines = (datePattern ?? '').split('\n').map((line) => line.trim());
  const specs: WeightedSpec[] = [];
  const known = new Set<string>();
  const raiseWeight = ({ spec: { name }, weight }: WeightedSpec): void => {
    const at = specs.findIndex(({ spec }) => spec.name === name);
    const own = specs[at];
    if (own !== undefined && isLineStart(own.spec))
      specs[at] = { ...own, weight: Math.max(own.weight, weight) };
  };
  for (const line of lines.filter((text) => text !== '')) {
    const isGroup = isDefaultGroup(line);
    for (const weighted of templatesOf(line, directives)) {
      const { name } = weighted.spec;
      if (known.has(name)) {
        // A template that an earlier line gave already is no mistake in a group of defaults; it gets the default's weight.
        if (isGroup && specs.length > 0) {
          raiseWeight(weighted);
          continue;
        }
        throw new WarderError(
          'DETECT_DATE_PATTERN',
          `datepattern "${line}" gives the template "${name}" twice`,
        );
      }
      known.add(name);
      specs.push(weighted);
    }
  }
  return specs.length > 0 ? specs : allDefaults(directives);
}

/** Written as the defaults are: `{^LN-BEG}` in front, while `^Epoch` is a template of its own. */
function isLineStart({ source }: TemplateSpec): boolean {
  return source.startsWith('{^LN-BEG}');
}

function isDefaultGroup(line: string): boolean {
  return keyOf(line) === '{^LN-BEG}' || keyOf(line).includes('{DATE}');
}

function keyOf(line: string): string {
  return line.includes('%') ? line : line.toUpperCase();
}

function templatesOf(line: string, directives: ReadonlyMap<string, Directive>): WeightedSpec[] {
  const key = keyOf(line);
  if (key === '{^LN-BEG}') return allDefaults(directives).filter(({ spec }) => spec.bound.atLineStart);
  // fail2ban takes the word but adds nothing for it: the defaults come in when nothing else is there.
  if (key === '{DEFAULT}') return [];
  if (key.includes('{DATE}')) return embeddedDefaults(line, directives);
  if (key === '{NONE}') return [{ spec: makeSpec('{UNB}^', directives), weight: 1 }];
  return [{ spec: makeSpec(line, directives), weight: 1 }];
}

/** The default templates, those at the start of the line first. */
function allDefaults(directives: ReadonlyMap<string, Directive>): WeightedSpec[] {
  const plain = defaultPatterns.map((pattern) => makeSpec(pattern, directives));
  const atStart = plain
    .filter(({ name }) => !name.startsWith('^') && !name.startsWith('{^LN-BEG}'))
    .map((spec) => makeSpec(`{^LN-BEG}${spec.pattern ?? spec.name}`, directives));
  return [
    ...atStart.map((spec) => ({ spec, weight: lineStartWeight })),
    ...plain.map((spec) => ({ spec, weight: 1 })),
  ];
}

/** One template for each default, put in the place of `{DATE}`. */
function embeddedDefaults(line: string, directives: ReadonlyMap<string, Directive>): WeightedSpec[] {
  return defaultPatterns.map((pattern) => {
    const { name, pattern: own = name } = makeSpec(pattern, directives);
    const text = line.replace(/(?<!\\)\{DATE\}/gi, () => unboundPattern(own));
    return { spec: makeSpec(text, directives), weight: 1 };
  });
}
