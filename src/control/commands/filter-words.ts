import { silentLogger, systemClock, WarderError } from '../../base/index.ts';
import type { FilterSettings } from '../../detect/index.ts';
import type { JailApi } from '../server-api.ts';

/**
 * What a jail's filter makes of its settings, for answers and for checks at once. Detection is loaded when it is first needed:
 * a client that only talks to a server does without.
 */

const deps = {
  clock: systemClock,
  logger: silentLogger,
  pulse: { begin: () => undefined, end: () => undefined },
};

type Rules = Partial<Pick<FilterSettings, 'prefRegex' | 'failRegex' | 'ignoreRegex'>>;

/** The expressions with their tags replaced, as `get JAIL failregex` answers them. */
export async function expanded(jail: JailApi, regexes: readonly string[]): Promise<string[]> {
  const { expandTags } = await import('../../detect/index.ts');
  const useDns = jail.option('useDns');
  return regexes.map((regex) => (regex.trim() === '' ? regex : expandTags(regex, useDns)));
}

/** Throws `REGEX_INVALID`, in fail2ban's words, for an expression that this jail cannot use. */
export async function checkRule(jail: JailApi, kind: keyof Rules, regex: string): Promise<void> {
  const { createInspector, refusalOf } = await import('../../detect/index.ts');
  const prefRegex = kind === 'failRegex' ? jail.option('prefRegex') : undefined;
  const rules: Rules = { ...(prefRegex === undefined ? {} : { prefRegex }) };
  const settings = { ...settingsOf(jail), ...rules, [kind]: kind === 'prefRegex' ? regex : [regex] };
  try {
    createInspector(settings, {}, deps);
  } catch (error) {
    if (!(error instanceof WarderError && error.code === 'DETECT_RULE')) throw error;
    const message = refusalOf(regex, settings.useDns, error);
    throw new WarderError('REGEX_INVALID', message, { jail: jail.name, cause: error });
  }
}

/** Throws `TIME_ZONE_UNKNOWN` for a zone that dates cannot be read in. */
export async function checkTimeZone(zone: string): Promise<void> {
  const { createInspector } = await import('../../detect/index.ts');
  try {
    createInspector({ ...noRules, logTimeZone: zone }, {}, deps);
  } catch (cause) {
    throw new WarderError('TIME_ZONE_UNKNOWN', `Unknown or unsupported time zone: '${zone}'`, { cause });
  }
}

/** Throws `SOURCE_ENCODING` for an encoding that is unknown here; `auto` and `` is the one of the locale. */
export async function checkEncoding(encoding: string): Promise<void> {
  const { lineCodec } = await import('../../source/index.ts');
  try {
    if (encoding.trim() !== '') {
      lineCodec(encoding);
      return;
    }
  } catch {
    // Said below in fail2ban's words.
  }
  throw new WarderError('SOURCE_ENCODING', `unknown encoding: ${encoding}`);
}

/** The encoding that `auto` stands for. */
export async function usualEncoding(): Promise<string> {
  const { lineCodec } = await import('../../source/index.ts');
  return lineCodec('auto').name;
}

/** The pattern (null for one that goes by its name) and its name; more than two at once are fail2ban's defaults. */
export async function describeDatePattern(
  datePattern: string | undefined,
): Promise<readonly [string | null, string]> {
  if (datePattern !== undefined) {
    const { createInspector } = await import('../../detect/index.ts');
    const { dateTemplates } = createInspector({ ...noRules, datePattern }, {}, deps);
    const [first] = dateTemplates;
    if (first !== undefined && dateTemplates.length <= 2)
      return [first.spec.pattern ?? null, first.spec.name];
  }
  return [null, 'Default Detectors'];
}

const noRules: FilterSettings = {
  jail: '',
  failRegex: [],
  ignoreRegex: [],
  useDns: 'warn',
  maxLines: 1,
  findTimeSec: 600,
};

function settingsOf(jail: JailApi): FilterSettings {
  return { ...noRules, jail: jail.name, useDns: jail.option('useDns'), maxLines: jail.option('maxLines') };
}
