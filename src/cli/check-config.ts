import { describeError } from '../base/index.ts';
import type { Configuration, ReadOptions } from '../config/index.ts';
import type { ClientLog } from './client-log.ts';
import type { CliOptions } from './options.ts';
import { configLayers } from './settings.ts';

const loggerName = 'fail2ban.configreader';

export interface ReadResult {
  readonly configuration: Configuration;
  /** Good enough to go on with: what is broken costs its jail only. A strict reading wants no errors at all. */
  readonly usable: boolean;
}

export interface ReadRequest {
  /** One jail only. */
  readonly jail?: string;
  /** Every error counts. */
  readonly strict: boolean;
  /** A missing log is no error (`-d`). */
  readonly allowNoFiles: boolean;
}

/** Reads the configuration and says on standard error what is wrong with it, each with its file and line. */
export async function readConfig(
  options: CliOptions,
  log: ClientLog,
  request: ReadRequest,
): Promise<ReadResult> {
  const result = await loadConfig(options, request);
  for (const { message, origin } of result.configuration.warnings) {
    const place = origin === undefined ? '' : `${origin.file}:${origin.line}: `;
    log.log('WARNING', loggerName, place + message);
  }
  for (const error of result.configuration.errors) log.log('ERROR', loggerName, describeError(error));
  return result;
}

/** Reads the configuration and says nothing; what is wrong is in the result. */
export async function loadConfig(options: CliOptions, request: ReadRequest): Promise<ReadResult> {
  const [{ readConfiguration }, { checkRules, chooseEnforcement, enforcementDefaults }] = await Promise.all([
    import('../config/index.ts'),
    import('../daemon/index.ts'),
  ]);
  const configuration: Configuration = readConfiguration({
    layers: configLayers(options),
    builtInNames: enforcementDefaults(await chooseEnforcement()),
    allowNoFiles: request.allowNoFiles,
    overrides: overridesOf(options),
    ...(request.jail === undefined ? {} : { jails: [request.jail] }),
  });
  const ruleErrors = request.strict ? checkRules(configuration) : [];
  const checked = { ...configuration, errors: [...configuration.errors, ...ruleErrors] };
  return { configuration: checked, usable: isUsable(checked, request.strict) };
}

function isUsable({ jails, errors }: Configuration, strict: boolean): boolean {
  if (strict) return errors.length === 0;
  if (errors.some(({ code }) => code === 'CONFIG_UNKNOWN_JAIL')) return false;
  const broken = jails.filter(({ configError }) => configError !== undefined);
  return broken.length === 0 || broken.length < jails.length;
}

/** What of the command line goes before fail2ban.conf. */
function overridesOf(options: CliOptions): NonNullable<ReadOptions['overrides']> {
  const { socket, pidfile, logLevel, logTarget, syslogSocket } = options;
  return {
    ...(socket === undefined ? {} : { socket }),
    ...(pidfile === undefined ? {} : { pidfile }),
    ...(logLevel === undefined ? {} : { loglevel: logLevel }),
    ...(logTarget === undefined ? {} : { logtarget: logTarget }),
    ...(syslogSocket === undefined ? {} : { syslogsocket: syslogSocket }),
  };
}
