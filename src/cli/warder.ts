import { endSoon } from './end-soon.ts';
import { processTerminal } from './terminal.ts';
import { runWarder } from './warder/main.ts';

endSoon(await runWarder(process.argv.slice(2), processTerminal()));
