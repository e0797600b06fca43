import { runClient } from './client.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await runClient('fail2ban-client', process.argv.slice(2), processTerminal());
