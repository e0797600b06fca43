import { describeError, escapeControl, WarderError } from '../../base/index.ts';
import type { CompileRegex } from '../regex-cache.ts';
import type { FilterSettings } from '../types.ts';
import { Rule } from './rule.ts';
import { expandTags } from './tags.ts';

/** A jail's rules, compiled. */
export interface RuleSet {
  readonly prefix: Rule | undefined;
  readonly fail: readonly Rule[];
  readonly ignore: readonly Rule[];
}

/** Groups of which a failregex must have one, or its prefregex for it: who is to be counted, or which session it is. */
const identifyingGroups = ['fid', 'ip4', 'ip6', 'dns', 'mlfid'];
const excerptLength = 80;

/**
 * Compiles the rules of a jail. Throws `DETECT_RULE` with the jail, the kind and number of the rule and an excerpt, for
 * a regex that cannot be compiled (two `<HOST>` in one, for instance) or that captures nobody to count.
 */
export function compileRules(settings: FilterSettings, compile: CompileRegex): RuleSet {
  const make = (kind: string, index: number, source: string, flags: string): Rule => {
    try {
      return new Rule(index, source, compile(expandTags(source, settings.useDns), flags));
    } catch (error) {
      throw ruleError(settings.jail, kind, index, source, error);
    }
  };
  const { prefRegex, failRegex, ignoreRegex, jail } = settings;
  const prefix =
    prefRegex === undefined || prefRegex === '' ? undefined : make('prefregex', 0, prefRegex, '');
  // Only a failregex sees the lines of a window as lines of their own.
  const flags = settings.maxLines > 1 ? 'm' : '';
  const fail = failRegex.map((source, index) => make('failregex', index, source, flags));
  const named = prefix !== undefined && identifies(prefix);
  for (const rule of fail) {
    if (!named && !identifies(rule)) {
      const reason = 'it captures nobody to count';
      throw ruleError(jail, 'failregex', rule.index, rule.source, new Error(reason), 'add <HOST> or <F-ID>');
    }
  }
  return { prefix, fail, ignore: ignoreRegex.map((source, index) => make('ignoreregex', index, source, '')) };
}

function identifies(rule: Rule): boolean {
  return identifyingGroups.some((name) => rule.hasGroup(name));
}

function ruleError(
  jail: string,
  kind: string,
  index: number,
  source: string,
  cause: unknown,
  hint?: string,
): WarderError {
  const excerpt = source.length > excerptLength ? `${source.slice(0, excerptLength)}…` : source;
  const reason = cause instanceof WarderError ? cause.message : describeError(cause);
  const which = kind === 'prefregex' ? kind : `${kind} ${index + 1}`;
  const twice = /redefin/i.test(reason)
    ? 'only groups named alt_… or tuple_… may stand for one field twice, and <HOST> only once in a rule'
    : undefined;
  const help = hint ?? (cause instanceof WarderError ? cause.hint : undefined) ?? twice;
  return new WarderError('DETECT_RULE', `[${jail}] ${which} "${escapeControl(excerpt)}": ${reason}`, {
    jail,
    cause,
    ...(help === undefined ? {} : { hint: help }),
  });
}
