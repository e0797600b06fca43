import type { PythonTuple, PythonValue } from '../../base/index.ts';
import type { TarpitAddress } from '../reports.ts';
import type { ServerApi } from '../server-api.ts';
import { type CommandSpec, furtherHelp } from './types.ts';
import { list, pair } from './values.ts';

/** `tarpit`: our own, as a dict whose keys are those of the JSON answer. Spans are whole seconds. */
export const tarpitCommand: CommandSpec = {
  route: 'tarpit',
  help: [
    furtherHelp('tarpit', 'shows who is held in the tarpit, for how long, and the time it has cost them'),
  ],
  run: (call) => tarpitReport(call.api),
};

/** Lines for the status of a jail; none where the tarpit holds nobody for it. */
export async function heldLines(api: ServerApi, jail: string): Promise<PythonTuple[]> {
  const { addresses } = await api.tarpit();
  const own = addresses.filter(({ jails }) => jails.includes(jail));
  if (own.length === 0) return [];
  const sum = (of: (entry: TarpitAddress) => number): number =>
    own.reduce((total, entry) => total + of(entry), 0);
  return [
    pair(
      'Held connections',
      sum(({ connections }) => connections),
    ),
    pair('Longest hold in seconds', Math.floor(Math.max(...own.map(({ longestSec }) => longestSec)))),
    pair('Wasted seconds', Math.floor(sum(({ wastedSec }) => wastedSec))),
  ];
}

async function tarpitReport(api: ServerApi): Promise<PythonValue> {
  const { means, jails, problems, mostHeld, figures, addresses } = await api.tarpit();
  return dict({
    means,
    jails: list(jails),
    problems: list(problems),
    held: figures.held,
    mostHeld,
    byVoice: dict(figures.byVoice),
    longestSec: Math.floor(figures.longestSec),
    accepted: figures.accepted,
    refused: figures.refused,
    wastedSec: Math.floor(figures.wastedSec),
    addresses: addresses.map(({ address, jails: banning, connections, longestSec, wastedSec }) =>
      dict({
        address,
        jails: list(banning),
        connections,
        longestSec: Math.floor(longestSec),
        wastedSec: Math.floor(wastedSec),
      }),
    ),
  });
}

function dict(entries: Readonly<Record<string, PythonValue>>): PythonValue {
  return new Map(Object.entries(entries));
}
