import { processTerminal } from './terminal.ts';
import { runWarder } from './warder/main.ts';

process.exitCode = await runWarder(process.argv.slice(2), processTerminal());
