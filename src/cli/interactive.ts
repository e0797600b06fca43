import { createInterface, type Interface } from 'node:readline/promises';
import { describeError } from '../base/index.ts';
import { shellWords } from '../config/index.ts';
import { processCommand } from './client.ts';
import { complete } from './completion.ts';
import { type Program, shownVersion, showUsage } from './program.ts';
import { socketPath } from './settings.ts';
import { banner } from './usage.ts';

const prompt = 'fail2ban> ';
const historySize = 1000;

/** Where the lines come from. */
export interface InteractiveInput {
  readonly input: NodeJS.ReadableStream;
  /** The person's terminal, with editing, history and completion; undefined for a pipe. */
  readonly output: NodeJS.WritableStream | undefined;
}

/** The process's own input and, if it is one, its terminal. */
export function processInput(): InteractiveInput {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  return { input: process.stdin, output: isTerminal ? process.stdout : undefined };
}

/** `-i`: commands one after the other, until `exit`. An input that just ends is no success, as in fail2ban. */
export async function converse(program: Program, from: InteractiveInput = processInput()): Promise<boolean> {
  const { options, terminal, log } = program;
  if (options.words.length > 0 && !(await processCommand(program, options.words))) return false;
  terminal.out(banner(shownVersion));
  const lines = await openLines(program, from);
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  const iterator = lines[Symbol.asyncIterator]();
  try {
    for (;;) {
      if (from.output === undefined) terminal.out(prompt);
      else lines.prompt();
      const { value: line, done } = await iterator.next();
      if (done === true) break;
      const command = line.trim();
      if (command === 'exit' || command === 'quit') return true;
      await runLine(program, line);
    }
  } finally {
    lines.close();
  }
  terminal.out('\n');
  if (interrupted) log.warning('Caught signal 2. Exiting');
  else log.error('EOF when reading a line');
  return false;
}

async function openLines({ options }: Program, { input, output }: InteractiveInput): Promise<Interface> {
  if (output === undefined) return createInterface({ input });
  const socket = await socketPath(options);
  return createInterface({
    input,
    output,
    terminal: true,
    prompt,
    historySize,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(line, socket),
  });
}

async function runLine(program: Program, line: string): Promise<void> {
  if (line === 'help') {
    await showUsage(program.name, program.terminal);
    return;
  }
  if (line === '') return;
  try {
    const words = shellWords(line);
    if (words === undefined) program.log.error('No closing quotation');
    else await processCommand(program, words);
  } catch (error) {
    program.log.error(describeError(error));
  }
}
