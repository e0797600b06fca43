import { runRegex } from './regex/main.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await runRegex('fail2ban-regex', process.argv.slice(2), processTerminal());
