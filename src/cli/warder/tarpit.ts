import { type PythonValue, pythonStr } from '../../base/index.ts';
import { items } from '../beautify-parts.ts';
import { openSession } from '../client.ts';
import { failure, type Program, success } from '../program.ts';
import { ask, perform, reportUnreachable } from '../session.ts';
import { span } from './span.ts';

/** `warder tarpit`: the figures in a few lines, then one line for each address, who holds most first. */
export async function showTarpit(program: Program): Promise<number> {
  const session = await openSession(program);
  if (session.json) return (await perform(session, ['tarpit'])) ? success : failure;
  try {
    const answer = await ask(session.socketPath, ['tarpit']);
    if (!answer.ok) return failure;
    program.terminal.out(report(answer.value));
    return success;
  } catch (error) {
    await reportUnreachable(session, error, false);
    return failure;
  }
}

function report(value: PythonValue): string {
  const jails = items(field(value, 'jails')).map(pythonStr).join(', ');
  const means = pythonStr(field(value, 'means'));
  const lines = items(field(value, 'problems')).map((problem) => `problem: ${pythonStr(problem)}`);
  if (means === 'off')
    lines.unshift(`nobody is held${jails === '' ? '; no jail has blocktype = TARPIT' : ''}`);
  else if (means === 'kernel') lines.unshift(`the kernel holds the banned of ${jails}, and tells no figures`);
  else lines.unshift(...figures(value, jails));
  return `${lines.join('\n')}\n`;
}

function figures(value: PythonValue, jails: string): string[] {
  const number = (name: string): number => Number(field(value, name));
  const voices = field(value, 'byVoice');
  const kinds =
    voices instanceof Map
      ? [...voices].map(([voice, count]) => `${pythonStr(voice)} ${pythonStr(count)}`)
      : [];
  const rows: (readonly [string, string])[] = [
    ['jails', jails],
    [
      'held',
      `${number('held')} of ${number('mostHeld')}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`,
    ],
    ['longest', span(number('longestSec'))],
    ['wasted', `${span(number('wastedSec'))} of attackers' time, in ${number('accepted')} connections`],
  ];
  if (number('refused') > 0) rows.push(['refused', `${number('refused')} beyond the bounds`]);
  return [
    ...rows.map(([name, text]) => `${name.padEnd(8)} ${text}`),
    ...addressRows(field(value, 'addresses')),
  ];
}

function addressRows(value: PythonValue): string[] {
  const rows = items(value).map((entry) => ({
    address: pythonStr(field(entry, 'address')),
    connections: Number(field(entry, 'connections')),
    longestSec: Number(field(entry, 'longestSec')),
    jails: items(field(entry, 'jails')).map(pythonStr).join(', '),
  }));
  rows.sort((a, b) => b.connections - a.connections || b.longestSec - a.longestSec);
  const width = Math.max(0, ...rows.map(({ address }) => address.length));
  return rows.map(
    ({ address, connections, longestSec, jails }) =>
      `${address.padEnd(width)}  ${String(connections).padStart(4)}  ${span(longestSec).padStart(12)}  ${jails}`,
  );
}

function field(value: PythonValue, name: string): PythonValue {
  return value instanceof Map ? (value.get(name) ?? null) : null;
}
