import type { BanItem } from '../../src/enforce/index.ts';
import { FakeRunner, item, testAction } from '../enforce/harness.ts';
import type { OracleRequest, OracleTicket } from './enforce-oracle.ts';

const history = {
  merged: (ip: string, jail: string | undefined) => ({
    failures: jail === undefined ? 40 : 20,
    matches: [ip, jail ?? 'all'],
  }),
};

export interface OurAnswer {
  readonly ran: string[][];
  readonly failed: number;
}

/** What ours runs for a request to the oracle. */
export async function runOurs(request: OracleRequest): Promise<OurAnswer> {
  const runner = new FakeRunner();
  const fails = { ...request.fails };
  runner.exitCode = (script) => {
    const word = script.split(' ').slice(0, 2).join(' ');
    fails[word] = (fails[word] ?? 0) - 1;
    return fails[word]! < 0 ? 0 : 1;
  };
  const { action, clock } = testAction(Object.fromEntries(request.properties), {
    runner,
    ...(request.database === true ? { history } : {}),
  });
  clock.set(1_700_000_000);
  let failed = 0;
  for (const step of request.steps) {
    if (step.do === 'check') await action.check(true);
    else if (step.ticket === undefined) {
      if (step.do === 'start' || step.do === 'stop' || step.do === 'flush')
        failed += (await action[step.do]()).ok ? 0 : 1;
    } else if (step.do === 'ban' || step.do === 'reban' || step.do === 'unban' || step.do === 'prolong') {
      const [outcome] = await action[step.do]([banItem(step.ticket)]);
      failed += outcome?.ok ? 0 : 1;
    }
  }
  return { ran: runner.ran.map(({ script, args }) => [script, ...args]), failed };
}

function banItem(ticket: OracleTicket): BanItem {
  const { id, time, bantime, bancount, failures, matches, fields, restored } = ticket;
  const rest = { timeSec: time, banTimeSec: bantime, banCount: bancount, failures, matches, fields };
  return item(id, rest, restored);
}

/** A ban with everything filled in. */
export function ticketOf(id: string, rest: Partial<OracleTicket> = {}): OracleTicket {
  const fixed = { time: 1_650_000_000.5, bantime: 600, bancount: 1, failures: 5, matches: [], fields: {} };
  return { id, ...fixed, restored: false, ...rest };
}
