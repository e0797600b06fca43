import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { PythonValue } from '../../src/base/index.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { ActionOracle, type OracleStep } from './enforce-oracle.ts';
import { runOurs, ticketOf } from './enforce-ours.ts';

// The installed fail2ban and ours meet the same failures, and must check and repair in the same way.

const oracle = new ActionOracle();
after(() => oracle.stop());

test('failures lead to the same checks and repairs, in the same order', async (context) => {
  if (!requireFail2ban(context)) return;
  const base: [string, PythonValue][] = [
    ...['start', 'stop', 'flush', 'check'].map((word): [string, PythonValue] => [
      `action${word}`,
      `${word} <tool>`,
    ]),
    ...['ban', 'unban'].map((word): [string, PythonValue] => [`action${word}`, `${word} <tool> <ip>`]),
    ['tool', 'four'],
    ['tool?family=inet6', 'six'],
  ];
  const extras: [string, PythonValue][] = [
    ['actionrepair', 'repair <tool>'],
    ['actionreban', 'reban <tool> <ip>'],
    ['actionprolong', 'prolong <tool> <ip>'],
    ['actionrepair_on_unban', true],
  ];
  const step = fc.oneof(
    fc.constantFrom<OracleStep>({ do: 'flush' }, { do: 'stop' }, { do: 'check' }),
    fc.record({
      do: fc.constantFrom('ban', 'ban', 'reban', 'unban', 'prolong'),
      ticket: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1').map((id) => ticketOf(id)),
    }),
  );
  // Left out: a start that fails, since we clear up and try once more; and an action that is not started on demand, which
  // we start where fail2ban bans without.
  const verbs = ['ban', 'reban', 'unban', 'check', 'flush', 'stop', 'repair', 'prolong'];
  const words = verbs.flatMap((verb) => [`${verb} four`, `${verb} six`]);
  const fails = fc.dictionary(fc.constantFrom(...words), fc.integer({ min: 1, max: 3 }), {
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(extras),
      fc.array(step, { maxLength: 12 }),
      fails,
      async (chosen, steps, failing) => {
        const prolongs = chosen.some(([name]) => name === 'actionprolong');
        const request = {
          properties: [...base, ...chosen],
          steps: steps.filter(({ do: what }) => what !== 'prolong' || prolongs),
          fails: failing,
        };
        const theirs = await oracle.run(request);
        const own = await runOurs(request);
        for (const family of ['four', 'six']) assert.deepEqual(of(family, own.ran), of(family, theirs.ran));
        assert.equal(own.failed, theirs.errors.length, theirs.errors.join('\n'));
      },
    ),
    { numRuns: 1500 },
  );
});

/** In which order two families are flushed or stopped is nobody's business. */
function of(family: string, ran: readonly (readonly string[])[]): readonly string[] {
  return ran.map(([script]) => script ?? '').filter((script) => script.split(' ')[1] === family);
}
