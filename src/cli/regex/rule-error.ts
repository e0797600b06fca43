import { describeError, silentLogger, systemClock, WarderError } from '../../base/index.ts';
import { type CompileRegex, createInspector, type FilterSettings, refusalOf } from '../../detect/index.ts';

const deps = {
  clock: systemClock,
  pulse: { begin: () => undefined, end: () => undefined },
  logger: silentLogger,
};

/**
 * What is wrong with the rules, in fail2ban's words where it has some; undefined when they work. Throws what is wrong
 * with the other settings.
 */
export function describeRuleError(settings: FilterSettings, compile: CompileRegex): string | undefined {
  try {
    createInspector(settings, {}, { ...deps, compile });
    return undefined;
  } catch (error) {
    if (!(error instanceof WarderError && error.code === 'DETECT_RULE')) throw error;
    return describeFirst(settings, compile) ?? describeError(error);
  }
}

/** The rules are tried one by one, since the error of all of them names its rule for people only. */
function describeFirst(settings: FilterSettings, compile: CompileRegex): string | undefined {
  const { prefRegex, failRegex, ignoreRegex } = settings;
  const none = { ...settings, failRegex: [], ignoreRegex: [] };
  const tries: (readonly [string, FilterSettings])[] = [
    ...(prefRegex === undefined ? [] : [[prefRegex, none] as const]),
    ...failRegex.map((source) => [source, { ...none, failRegex: [source] }] as const),
    ...ignoreRegex.map((source) => [source, { ...none, ignoreRegex: [source] }] as const),
  ];
  for (const [source, alone] of tries) {
    try {
      createInspector(alone, {}, { ...deps, compile });
    } catch (error) {
      if (error instanceof WarderError) return refusalOf(source, settings.useDns, error);
    }
  }
  return undefined;
}
