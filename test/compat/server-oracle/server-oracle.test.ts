import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, type TestContext, test } from 'node:test';
import { requireThat, requireTool } from '../../support/tools.ts';
import { fakeTimeLibrary } from './daemons.ts';
import { increments } from './increments.ts';
import { randomScenarios } from './random-scenarios.ts';
import { recidive, restarts, surviving } from './restarts.ts';
import { banning, counting } from './scenarios.ts';
import { type Comparison, World } from './world.ts';

// Debian's fail2ban-server and ours, as processes under libfaketime, on the same configuration and the same lines: they
// tell the same of every address at the same times, and their databases know the same in the end.

const tally = { compared: 0, equal: 0, meant: 0 };

/** The seed of the random scenarios; another one tries others. */
const seed = Number(process.env.ORACLE_SEED ?? 20_261_122);

function canRun(t: TestContext): boolean {
  if (!requireTool(t, 'fail2ban-server', 'faketime')) return false;
  return requireThat(t, existsSync(fakeTimeLibrary), `MISSING TOOL: ${fakeTimeLibrary} is not installed`);
}

/** Each scenario is a test of its own; a difference that is meant must be there, or its reason is out of date. */
async function compare(t: TestContext, comparisons: readonly Comparison[]): Promise<void> {
  for (const { scenario, ours, theirs } of comparisons) {
    const { name, differs } = scenario;
    await t.test(differs === undefined ? `${name} is told alike` : `${name} differs: ${differs}`, () => {
      if (differs !== undefined) {
        tally.meant += 1;
        assert.notDeepEqual(ours, theirs, 'no difference any more: take its reason away');
        return;
      }
      tally.compared += 1;
      assert.ok(theirs.told.length > 0, 'nothing happened');
      assert.deepEqual(ours, theirs);
      tally.equal += 1;
    });
  }
}

test('a server like fail2ban’s: counting, bans, increments, and what comes by chance', {
  timeout: 280_000,
}, async (t) => {
  if (!canRun(t)) return;
  const scenarios = [...counting, ...banning, ...increments, ...randomScenarios(seed, 24)];
  await compare(t, await new World(t, scenarios).run());
});

test('a server like fail2ban’s over an orderly restart and a kill', { timeout: 200_000 }, async (t) => {
  if (!canRun(t)) return;
  await compare(t, await new World(t, surviving, { restarts }).run());
});

test('a server like fail2ban’s that reads its own log', { timeout: 100_000 }, async (t) => {
  if (!canRun(t)) return;
  await compare(t, await new World(t, recidive, { readsOwnLog: true }).run());
});

after(() => {
  const { compared, equal, meant } = tally;
  process.stdout.write(
    `differences that are meant: ${meant}\nscenarios compared: ${compared}, equal: ${equal}\n`,
  );
});
