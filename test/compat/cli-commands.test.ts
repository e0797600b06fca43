import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../src/cli/session.ts';
import { ClientDriver } from '../support/client-driver.ts';
import { banCommands, endingCommands } from '../support/command-script/bans.ts';
import { type Difference, differences } from '../support/command-script/differences.ts';
import { idCommands } from '../support/command-script/ids.ts';
import { jailCommands } from '../support/command-script/jail.ts';
import { journalCommands, liveCommands, liveJail } from '../support/command-script/journal.ts';
import { reloadCommands, writeConfiguration } from '../support/command-script/reload.ts';
import {
  learnTags,
  runOurs,
  runTheirs,
  type Shown,
  type Stage,
  sendTyped,
} from '../support/command-script/run.ts';
import { serverCommands } from '../support/command-script/server.ts';
import { typedRequests } from '../support/command-script/typed.ts';
import { type CommandLine, waitWord } from '../support/command-script/types.ts';
import { commandFolder, startCommandServer } from '../support/command-servers.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { systemPython } from '../support/python.ts';

/** Every pair of a client and a server, each with a server of its own. */
interface Stages {
  readonly theirs: Stage;
  readonly ours: Stage;
  readonly theirClientOurServer: Stage;
  readonly ourClientTheirServer: Stage;
}

async function startStages(context: TestContext, driver: ClientDriver): Promise<Stages> {
  const folder = commandFolder(context);
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  for (const name of ['a', 'b', 'c', 'live']) writeFileSync(join(logs, `${name}.log`), '');
  const stage = async (kind: 'theirs' | 'ours', name: string): Promise<Stage> => {
    const server = await startCommandServer(context, kind, join(folder, name));
    const conf = join(server.folder, 'conf');
    writeConfiguration(conf, join(server.folder, 'db.sqlite3'), logs);
    return learnTags(driver, { server, logs, conf, tags: [] });
  };
  const [theirs, ourClientTheirServer, ours, theirClientOurServer] = await Promise.all([
    stage('theirs', 't1'),
    stage('theirs', 't2'),
    stage('ours', 'o1'),
    stage('ours', 'o2'),
  ]);
  return { theirs, ours, theirClientOurServer, ourClientTheirServer };
}

/** One for each server that fail2ban's client talks to, so that they work at the same time. */
type Drivers = readonly [theirs: ClientDriver, ours: ClientDriver];

/** What is compared, and how often it was equal. */
class Score {
  compared = 0;
  readonly equal = { text: 0, 'exit code': 0, 'pickle shape': 0 };
  readonly wrong: string[] = [];
  readonly #expected = new Map<string, Difference>();
  readonly #met = new Set<string>();
  readonly #ran = new Set<string>();

  constructor() {
    for (const difference of differences) {
      for (const command of difference.commands) this.#expected.set(JSON.stringify(command), difference);
    }
  }

  /** `others` are runs that have to be as the first, by the pair that ran them. */
  add(command: readonly unknown[], reference: Shown, others: Readonly<Record<string, Shown>>): void {
    const key = JSON.stringify(command);
    const runs = Object.entries(others);
    // What the reading of a configuration warns of is compared elsewhere.
    const isReload = command[0] === 'reload' || command[0] === 'restart';
    const text = runs.filter(
      ([, run]) => run.out !== reference.out || (!isReload && run.err !== reference.err),
    );
    const code = runs.filter(([, run]) => run.code !== reference.code);
    const pickle = runs.filter(
      ([, run]) => run.answers.length > 0 && run.answers.join() !== reference.answers.join(),
    );
    this.compared += 1;
    this.#ran.add(key);
    if (text.length === 0) this.equal.text += 1;
    if (code.length === 0) this.equal['exit code'] += 1;
    if (pickle.length === 0) this.equal['pickle shape'] += 1;
    const expected = this.#expected.get(key);
    const differs = text.length + code.length + pickle.length > 0;
    if (expected !== undefined && differs) this.#met.add(key);
    const allowed = expected !== undefined && (code.length === 0 || expected.code === true);
    if (differs && !allowed) this.wrong.push(describe(key, reference, [...text, ...code, ...pickle]));
  }

  /** Differences that are listed and are none. */
  get obsolete(): string[] {
    return [...this.#expected.keys()].filter((key) => this.#ran.has(key) && !this.#met.has(key));
  }
}

function describe(key: string, reference: Shown, runs: readonly (readonly [string, Shown])[]): string {
  const lines = [...new Map(runs)].map(([pair, run]) => `  ${pair}: ${JSON.stringify(run)}`);
  return [key, `  reference: ${JSON.stringify(reference)}`, ...lines].join('\n');
}

test("every command is answered as fail2ban answers it: text, exit code and pickle, by either program's client", async (t) => {
  if (!requireFail2ban(t)) return;
  const drivers: Drivers = [new ClientDriver(), new ClientDriver()];
  const [driver] = drivers;
  t.after(() => {
    for (const each of drivers) each.close();
  });
  const stages = await startStages(t, driver);
  const score = new Score();
  const compare = async (commands: readonly CommandLine[]): Promise<void> => {
    for (const command of commands) await compareCommand(score, drivers, stages, command);
  };
  await compare([...serverCommands, ...jailCommands, ...banCommands, ...idCommands]);
  if (hasJournalLibrary()) await compare(journalCommands);
  else t.diagnostic('MISSING: python3-systemd; jails that read the journal are not compared');
  await compare(liveJail);
  await failLive(stages);
  await compare(liveCommands);
  for (const request of typedRequests) {
    const reference = await sendTyped(driver, stages.theirs, request);
    const ours = await sendTyped(driver, stages.theirClientOurServer, request);
    for (const other of [stages.ours, stages.ourClientTheirServer]) await sendTyped(driver, other, request);
    score.add(request, reference, { 'typed request to our server': ours });
  }
  await compare([...endingCommands, ...reloadCommands, ['stop']]);
  for (const [what, equal] of Object.entries(score.equal)) {
    t.diagnostic(`${what}: commands compared: ${score.compared}, equal: ${equal}`);
  }
  assert.equal(score.wrong.join('\n'), '');
  assert.deepEqual(score.obsolete, [], 'these are no differences any more');
});

/** fail2ban reads the journal by a package of its own. */
function hasJournalLibrary(): boolean {
  return spawnSync(systemPython, ['-c', 'import systemd.journal']).status === 0;
}

/** Two addresses that fail often enough, and one that does not; settles when every server has counted them. */
async function failLive(stages: Stages): Promise<void> {
  const fail = (ip: string): string => `${new Date().toISOString()} bad login of root from ${ip}\n`;
  const lines = [
    '192.0.2.80',
    '192.0.2.81',
    '203.0.113.9',
    '192.0.2.80',
    '192.0.2.80',
    '192.0.2.81',
    '192.0.2.81',
  ];
  appendFileSync(join(stages.theirs.logs, 'live.log'), lines.map(fail).join(''));
  await untilAllBanned(stages, 'live', 2);
}

async function untilAllBanned(stages: Stages, jail: string, count: number): Promise<void> {
  const endMs = Date.now() + 20_000;
  for (const { server } of Object.values(stages) as Stage[]) {
    const banned = async (): Promise<number> => {
      const answer = await ask(server.socket, ['get', jail, 'banned']);
      return answer.ok && Array.isArray(answer.value) ? answer.value.length : 0;
    };
    while ((await banned()) < count) {
      const log = (): string => readFileSync(join(server.folder, 'log'), 'utf8').slice(-3000);
      assert.ok(Date.now() < endMs, `not ${count} bans of ${jail} in ${server.folder}: ${log()}`);
      await sleep(50);
    }
  }
}

async function compareCommand(
  score: Score,
  drivers: Drivers,
  stages: Stages,
  command: readonly string[],
): Promise<void> {
  const [word, jail = '', count] = command;
  if (word === waitWord) return untilAllBanned(stages, jail, Number(count));
  const [reference, ours, theirClient, ourClient] = await Promise.all([
    runTheirs(drivers[0], stages.theirs, command),
    runOurs(stages.ours, command),
    runTheirs(drivers[1], stages.theirClientOurServer, command),
    runOurs(stages.ourClientTheirServer, command),
  ]);
  score.add(command, reference, {
    'our client, our server': ours,
    'their client, our server': theirClient,
    'our client, their server': ourClient,
  });
}
