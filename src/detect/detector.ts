import { describeError, PythonTuple, pythonRepr, WarderError } from '../base/index.ts';
import { textOf } from './cut-line.ts';
import type { DetectDeps } from './inspector.ts';
import { createInspector } from './json-inspector.ts';
import { excerptOf } from './line-dater.ts';
import type { Fields, RuleMatch } from './rules/index.ts';
import type { Detector, Failure, FilterSettings } from './types.ts';

/** No line stands for more failures than this, whatever it says. */
const mostAttempts = 100;

/** What a detector needs beside the rules. */
export interface DetectorDeps extends DetectDeps {
  /** So many lines could not be processed that the jail should pause. */
  readonly onTooManyErrors?: () => void;
  /** The rule that ran last took too many steps on the line, which is lost; absent: that is logged as an error. */
  readonly onOverrun?: (text: string) => void;
}

/** Makes a detector; a test may have its own. */
export type CreateDetector = (settings: FilterSettings, deps: DetectorDeps) => Detector;

/** At so many lines in trouble at once, a jail is better paused; every line that goes well halves the count. */
const tooManyErrors = 100;

/**
 * Makes the detector of a jail: it finds the date of each line, runs the rules in fail2ban's order and gives the
 * failures.
 *
 * Throws `DETECT_RULE` (with jail, number and excerpt of the rule), `DETECT_DATE_PATTERN` or `DETECT_TIME_ZONE`, and
 * the regex engine's error for a date pattern that is no regular expression. `feed` never throws: a line that cannot
 * be processed, because a rule takes too many steps on it, is logged and lost.
 */
export function createDetector(settings: FilterSettings, deps: DetectorDeps): Detector {
  const inspector = createInspector(settings, { judgeAge: true, sharesFields: true }, deps);
  let errors = 0;
  const onError = (text: string, error: unknown): void => {
    if (deps.onOverrun !== undefined && error instanceof WarderError && error.code === 'REGEX_STEP_LIMIT') {
      deps.onOverrun(text);
      return;
    }
    const message = `[${settings.jail}] Failed to process line ${excerptOf(text)}: ${describeError(error)}`;
    deps.logger.log('ERROR', 'fail2ban.filter', message);
    errors += 1;
    if (errors < tooManyErrors) return;
    errors >>= 1;
    deps.logger.log('ERROR', 'fail2ban.filter', `[${settings.jail}] Too many errors at once, going idle`);
    deps.onTooManyErrors?.();
  };
  const failuresOf = (matches: readonly RuleMatch[]): readonly Failure[] => {
    if (matches.length === 0) return noFailures;
    const nowSec = deps.clock.nowSec();
    const failures: Failure[] = [];
    for (const match of matches) {
      const failure = failureOf(settings.jail, match, nowSec);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  };
  return {
    feed: (text, timeSec, log, only) => {
      try {
        const matches = inspector.inspect(text, timeSec, log, only)?.matches ?? [];
        errors >>= 1;
        return failuresOf(matches);
      } catch (error) {
        onError(text, error);
        return noFailures;
      }
    },
    feedWhole: (line, log, only) => {
      try {
        const result = inspector.inspectWhole?.(line, log, only);
        if (result === undefined) return undefined;
        errors >>= 1;
        return failuresOf(result.matches);
      } catch (error) {
        onError(line.whole.slice(0, -1), error);
        return noFailures;
      }
    },
    glance: (text, log) => {
      try {
        return inspector.glance(text, log);
      } catch (error) {
        onError(text, error);
        return false;
      }
    },
    needs: (codec) => inspector.needs(codec),
    get memory() {
      return inspector.memory;
    },
    dateOf: (text) => {
      try {
        return inspector.dateOf(text);
      } catch {
        return undefined;
      }
    },
  };
}

const noFailures: readonly Failure[] = [];

function failureOf(jail: string, match: RuleMatch, nowSec: number): Failure | undefined {
  const { identity, timeSec } = match;
  if (identity === undefined || timeSec === undefined) return undefined;
  return {
    jail,
    id: identity.id,
    unresolved: identity.unresolved,
    // A date completed by guess, or a clock ahead of ours, must not reach into the future.
    timeSec: Math.min(timeSec, nowSec),
    attempts: attemptsOf(match.fields),
    lines: match.lines.map(textOf),
    fields: match.fields.plain(textOfSeveral),
    rule: match.rule,
  };
}

function attemptsOf(fields: Fields): number {
  const text = fields.get('attempt');
  if (typeof text !== 'string' || !/^[0-9]{1,9}$/.test(text)) return 1;
  return Math.min(Math.max(Number(text), 1), mostAttempts);
}

/** Needs no escapes. */
const plainName = /^[ -&(-[\]-~]*$/;

/** Several values as Python writes them; mostly it is one user. */
function textOfSeveral(value: PythonTuple | Set<string>): string {
  if (value instanceof PythonTuple) return pythonRepr(value);
  const [only] = value;
  if (value.size === 1 && plainName.test(only!)) return `{'${only}'}`;
  return pythonRepr(new Set(value));
}
