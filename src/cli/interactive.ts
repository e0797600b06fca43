import { createInterface } from 'node:readline/promises';
import { describeError } from '../base/index.ts';
import { shellWords } from '../config/index.ts';
import { processCommand } from './client.ts';
import { type Program, shownVersion, showUsage } from './program.ts';
import { banner } from './usage.ts';

const prompt = 'fail2ban> ';

/** `-i`: commands one after the other, until `exit`. An input that just ends is no success, as in fail2ban. */
export async function converse(program: Program): Promise<boolean> {
  const { options, terminal, log } = program;
  if (options.words.length > 0 && !(await processCommand(program, options.words))) return false;
  terminal.out(banner(shownVersion));
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt });
  let open = true;
  lines.once('close', () => {
    open = false;
  });
  lines.prompt();
  for await (const line of lines) {
    const command = line.trim();
    if (command === 'exit' || command === 'quit') {
      lines.close();
      return true;
    }
    if (command === 'help') await showUsage(program.name, terminal);
    else if (command !== '') {
      try {
        const words = shellWords(command);
        if (words === undefined) log.error('No closing quotation');
        else await processCommand(program, words);
      } catch (error) {
        log.error(describeError(error));
      }
    }
    if (open) lines.prompt();
  }
  terminal.out('\n');
  return false;
}
