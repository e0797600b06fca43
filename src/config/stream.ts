import { pythonRepr } from '../base/index.ts';
import { pythonPretty } from './pretty.ts';
import type { Configuration, StreamCommand } from './types.ts';

/** As wide as fail2ban prints `--dp`, and as deep as it indents. */
const prettyWidth = 1000;
const prettyIndent = 2;

/**
 * The complete stream in fail2ban's order: settings of the server, then jail by jail `add` and what is set, or
 * `config-error` for a jail that cannot run, then all `start` commands.
 */
export function toStream(configuration: Configuration): readonly StreamCommand[] {
  const stream = [...configuration.server];
  for (const { name, backend, commands, configError } of configuration.jails) {
    if (configError !== undefined) {
      const message = `Jail '${name}' skipped, because of wrong configuration: ${configError}`;
      stream.push({ args: ['config-error', message] });
    } else {
      stream.push({ args: ['add', name, backend] });
      for (const command of commands) stream.push(command);
    }
  }
  for (const { name, configError } of configuration.jails) {
    if (configError === undefined) stream.push({ args: ['start', name] });
  }
  return stream;
}

/** The text of `fail2ban-client -d`: one list a line as Python's `repr` shows it. */
export function formatStream(stream: readonly StreamCommand[]): string {
  return stream.map(({ args }) => `${pythonRepr(args)}\n`).join('');
}

/** The text of `fail2ban-client --dp`, as Python's `pprint` lays it out. */
export function formatStreamPretty(stream: readonly StreamCommand[]): string {
  return stream.map(({ args }) => `${pythonPretty(args, prettyWidth, prettyIndent)}\n`).join('');
}
