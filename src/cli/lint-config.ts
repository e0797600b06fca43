import { posix } from 'node:path';
import type { ConfigSurvey, Configuration } from '../config/index.ts';
import type { Finding, LintScope } from '../lint/index.ts';
import type { CliOptions } from './options.ts';
import { configLayers } from './settings.ts';

/** What the linter found, as it is to be shown. */
export interface LintResult {
  readonly shown: readonly Finding[];
  /** In files that nobody has changed, so that it is no work for this machine's administrator. */
  readonly hidden: readonly Finding[];
  /** Names that stand for nothing. */
  readonly unknown: readonly string[];
}

export interface LintRequest {
  /** Jails, filters and paths of filter files; none means everything. */
  readonly names: readonly string[];
  /** Shows what is in untouched files, too. */
  readonly all: boolean;
  /** Of the filters only those that a jail uses or that somebody has changed: for a quick check. */
  readonly onlyUsed?: boolean;
}

/** Runs the linter over the configuration. A mistake in a filter that an enabled jail uses is never hidden. */
export async function lintConfig(
  options: CliOptions,
  configuration: Configuration,
  request: LintRequest,
): Promise<LintResult> {
  const [{ ConfigSurvey: Survey }, { lint, UntouchedFiles }] = await Promise.all([
    import('../config/index.ts'),
    import('../lint/index.ts'),
  ]);
  const layers = configLayers(options);
  const survey = new Survey(layers);
  const untouched = new UntouchedFiles(layers);
  const changed = (name: string): boolean =>
    survey.filesOf(`filter.d/${name}`).some(({ path }) => !untouched.has(path));
  const { scope, unknown } = scopeOf(survey, configuration, request);
  const filters = request.onlyUsed === true ? scope.filters.filter(changed) : scope.filters;
  const findings = lint(survey, { ...scope, filters });
  const isShown = ({ file, severity, jail }: Finding): boolean =>
    request.all ||
    request.names.length > 0 ||
    file === undefined ||
    !untouched.has(file) ||
    (severity === 'error' && jail !== undefined);
  return {
    shown: findings.filter(isShown),
    hidden: findings.filter((finding) => !isShown(finding)),
    unknown,
  };
}

function scopeOf(
  survey: ConfigSurvey,
  { jails: all }: Configuration,
  { names }: LintRequest,
): { scope: LintScope; unknown: string[] } {
  const jails = all.filter(({ configError }) => configError === undefined);
  const known = new Set(survey.names('filter.d'));
  if (names.length === 0) return { scope: { filters: [...known], jails, options: true }, unknown: [] };
  const isPath = (name: string): boolean => name.includes('/') || /\.(?:conf|local)$/.test(name);
  const paths = names.filter(isPath);
  const others = names.filter((name) => !isPath(name));
  return {
    scope: {
      filters: others.filter((name) => known.has(name)),
      filterFiles: paths.map((path) => posix.resolve(path)),
      jails: jails.filter(({ name }) => others.includes(name)),
      options: false,
    },
    unknown: others.filter((name) => !known.has(name) && !all.some((jail) => jail.name === name)),
  };
}
