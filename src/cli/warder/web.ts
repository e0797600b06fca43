import { describeError, type PythonValue, pythonStr } from '../../base/index.ts';
import { readToken } from '../../web/index.ts';
import { openSession } from '../client.ts';
import { failure, type Program, success } from '../program.ts';
import { ask, perform, reportUnreachable } from '../session.ts';

/** `warder web`: the address of the page with its token, for a browser. With `--json` without the token. */
export async function showWeb(program: Program): Promise<number> {
  const session = await openSession(program);
  if (session.json) return (await perform(session, ['web'])) ? success : failure;
  try {
    const answer = await ask(session.socketPath, ['web']);
    return answer.ok ? show(program, answer.value) : failure;
  } catch (error) {
    await reportUnreachable(session, error, false);
    return failure;
  }
}

function show(program: Program, value: PythonValue): number {
  const field = (name: string): string =>
    pythonStr((value instanceof Map ? value.get(name) : undefined) ?? '');
  const state = field('state');
  if (state === 'off') {
    program.log.error(
      'there is no web page; put "http = 127.0.0.1:8327" into [Definition] of fail2ban.local, and restart',
    );
    return failure;
  }
  if (state === 'failed') {
    program.log.error(`the web page is not served: ${field('problem')}`);
    return failure;
  }
  try {
    const token = readToken(field('tokenFile'));
    const link = token === undefined ? field('url') : `${field('url')}#token=${encodeURIComponent(token)}`;
    program.terminal.out(`${link}\n`);
    return success;
  } catch (error) {
    program.log.error(describeError(error));
    return failure;
  }
}
