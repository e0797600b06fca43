import { WarderError } from '../base/index.ts';
import type { ConfigSurvey, Configuration, JailConfig, SurveyedFilter } from '../config/index.ts';
import { checkArguments } from './arguments.ts';
import { checkDates } from './dates.ts';
import { RegexJudge } from './regexes.ts';
import { checkRuleTexts } from './rules.ts';
import type { Finding } from './types.ts';
import { filterVariants } from './variants.ts';
import { checkWrittenOptions, type Resource, readResources } from './written-options.ts';

/** What is to be looked at. */
export interface LintScope {
  /** The filters, by name, in each of their settings. */
  readonly filters: readonly string[];
  /** Filters by path, in the place of one from `filter.d`. */
  readonly filterFiles?: readonly string[];
  /** The jails, with their filters in the settings that they have there. */
  readonly jails: readonly JailConfig[];
  /** Whether all files are looked through for options that nobody reads. */
  readonly options: boolean;
}

/** Looks for what works but should not be so. Findings come in the order of their places, each once. */
export function lint(survey: ConfigSurvey, scope: LintScope): Finding[] {
  const judge = new RegexJudge();
  const resources = readResources(survey);
  const find = (kind: 'filter' | 'action', name: string): Resource | undefined =>
    resources.find(
      (resource) =>
        resource.kind === kind && resource.files.some(({ path }) => path.endsWith(`/${kind}.d/${name}.conf`)),
    );
  const findings = [
    ...(scope.options ? checkWrittenOptions(resources) : []),
    ...scope.jails.flatMap((jail) => [...checkArguments(jail, find), ...checkJail(survey, jail, judge)]),
    ...scope.filters.flatMap((name) => {
      const isTested = !isIncluded(name, survey, resources);
      return filterVariants(name, survey.filesOf(`filter.d/${name}`)).flatMap((text) =>
        checkFilter(text, () => survey.filter(text), judge, isTested && text === name),
      );
    }),
    ...(scope.filterFiles ?? []).flatMap((path) =>
      checkFilter(path, () => survey.filter(path, 'auto', path), judge, true),
    ),
  ];
  return inOrder(withoutRepetition(findings));
}

/** A file that other filters include may need names that only they define. */
function isIncluded(name: string, survey: ConfigSurvey, resources: readonly Resource[]): boolean {
  const main = survey.filesOf(`filter.d/${name}`).find(({ path }) => path.endsWith(`/${name}.conf`));
  if (main === undefined) return false;
  return resources.some((resource) => resource.name !== `filter.d/${name}` && resource.files.includes(main));
}

/** `mustWork`: report it if the filter cannot be read; with settings of our own guess that may well be. */
function checkFilter(
  name: string,
  read: () => SurveyedFilter,
  judge: RegexJudge,
  mustWork: boolean,
): Finding[] {
  try {
    const filter = read();
    return [...checkRuleTexts(name, filter, judge), ...checkDates(name, filter)];
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    if (!mustWork) return [];
    const place = {
      ...(error.file === undefined ? {} : { file: error.file }),
      ...(error.line === undefined ? {} : { line: error.line }),
    };
    const message = `the filter cannot be read by itself: ${error.message}`;
    return [{ code: 'LINT_BAD_FILTER', severity: 'warning', message, filter: name, ...place }];
  }
}

function checkJail(survey: ConfigSurvey, jail: JailConfig, judge: RegexJudge): Finding[] {
  const text = String(jail.options.get('filter')?.value ?? '');
  const fromFilter =
    text === '' ? [] : checkFilter(text, () => survey.filter(text, jail.backend), judge, false);
  return [...fromFilter, ...checkOwnRules(jail, judge)].map((finding) => ({ ...finding, jail: jail.name }));
}

/** Rules that the jail itself has, beside or instead of those of its filter. */
function checkOwnRules(jail: JailConfig, judge: RegexJudge): Finding[] {
  const { filter } = jail;
  if (filter === undefined) return [];
  const rules = (['prefregex', 'failregex', 'ignoreregex'] as const).flatMap((kind) => {
    const own = jail.commands.filter(({ args, origin }) => {
      const name = kind === 'prefregex' ? kind : `add${kind}`;
      return args[2] === name && origin !== undefined && origin.file === jail.options.get(kind)?.origin?.file;
    });
    return own.flatMap(({ args, origin }) =>
      [args[3] ?? ''].flat().map((rule) => ({ kind, text: String(rule), option: kind, origin })),
    );
  });
  const isFilters = (file: string | undefined): boolean => /\/filter\.d\//.test(file ?? '');
  return checkRuleTexts(
    filter.name,
    { filter, rules: rules.filter(({ origin }) => !isFilters(origin?.file)) },
    judge,
  );
}

/** One place is reached in many settings and from many jails. */
function withoutRepetition(findings: readonly Finding[]): Finding[] {
  const known = new Map<string, Finding>();
  for (const finding of findings) {
    const { code, file, line, option, message } = finding;
    const key = JSON.stringify([code, file, line, option, file === undefined ? message : '']);
    if (!known.has(key)) known.set(key, finding);
  }
  return [...known.values()];
}

function inOrder(findings: Finding[]): Finding[] {
  const key = ({ file = '' }: Finding): string => file;
  return findings.sort((one, other) => {
    const byFile = key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0;
    return byFile || (one.line ?? 0) - (other.line ?? 0);
  });
}

/** The jails of a configuration that can be looked at. */
export function lintableJails({ jails }: Configuration): JailConfig[] {
  return jails.filter(({ configError }) => configError === undefined);
}
