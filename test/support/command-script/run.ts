import { MemoryTerminal, runClient } from '../../../src/cli/index.ts';
import type { ClientDriver } from '../client-driver.ts';
import type { CommandServer } from '../command-servers.ts';

/** What a run of a client showed, with the places and times in it made the same for every server. */
export interface Shown {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  readonly answers: readonly string[];
}

/** A server with the words that its texts have in the place of the script's. */
export interface Stage {
  readonly server: CommandServer;
  readonly logs: string;
  readonly conf: string;
  /** What `<HOST>` and its family become there, the longest first. */
  readonly tags: readonly (readonly [tag: string, expansion: string])[];
}

/** fail2ban's client on a stage. */
export async function runTheirs(
  driver: ClientDriver,
  stage: Stage,
  words: readonly string[],
): Promise<Shown> {
  const { out, err, code, answers } = await driver.run([...optionsOf(stage), ...fill(stage, words)]);
  return shownOn(stage, { out, err, code, answers });
}

/** Our client on a stage. */
export async function runOurs(stage: Stage, words: readonly string[]): Promise<Shown> {
  const terminal = new MemoryTerminal();
  const code = await runClient('fail2ban-client', [...optionsOf(stage), ...fill(stage, words)], terminal);
  return shownOn(stage, { out: terminal.stdout, err: terminal.stderr, code, answers: [] });
}

/** A request as it is. */
export async function sendTyped(
  driver: ClientDriver,
  stage: Stage,
  words: readonly unknown[],
): Promise<Shown> {
  const filled = JSON.parse(JSON.stringify(words).replaceAll('{logs}', stage.logs)) as unknown[];
  return shownOn(stage, await driver.send(stage.server.socket, filled));
}

const tagNames = ['HOST', 'SUBNET', 'ADDR', 'IP4', 'IP6', 'DNS'];

/** Learns what the tags for addresses become: each program has expressions of its own for them. */
export async function learnTags(driver: ClientDriver, stage: Stage): Promise<Stage> {
  const ask = (...words: string[]): Promise<Shown> => runTheirs(driver, stage, words);
  await ask('add', 'tags', 'polling');
  const tags: [string, string][] = [];
  for (const tag of tagNames) {
    const { out } = await ask('set', 'tags', 'addfailregex', `<${tag}>`);
    const expansion = out
      .trimEnd()
      .split('\n')
      .at(-1)!
      .replace(/^`- \[\d+\]: /, '');
    tags.push([`<${tag}>`, expansion]);
  }
  await ask('stop', 'tags');
  return { ...stage, tags: tags.toSorted(([, a], [, b]) => b.length - a.length) };
}

function optionsOf({ server, conf }: Stage): string[] {
  const options = ['--loglevel', 'INFO', '--logtarget', `${server.folder}/log`, '--syslogsocket', 'auto'];
  return ['-c', conf, '-s', server.socket, '-p', `${server.folder}/pid`, ...options];
}

function fill({ server, logs }: Stage, words: readonly string[]): string[] {
  return words.map((word) => word.replaceAll('{own}', server.folder).replaceAll('{logs}', logs));
}

function shownOn(stage: Stage, { out, err, code, answers }: Shown): Shown {
  const plain = (text: string): string => normal(stage, text);
  return { out: plain(out), err: plain(err), code, answers: answers.map(plain) };
}

const times = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)?/g;

function normal({ server, logs, tags }: Stage, text: string): string {
  let result = text
    .replaceAll(server.folder, '{own}')
    .replaceAll(logs, '{logs}')
    .replace(times, 'TIME')
    .replace(/\[\d+\]: (?=ERROR|WARNING)/g, '[PID]: ');
  for (const [tag, expansion] of tags) {
    // In an answer as Python shows it every backslash is there twice.
    result = result.replaceAll(expansion, tag).replaceAll(expansion.replaceAll('\\', '\\\\'), tag);
  }
  return result;
}
