import { runServer } from './server.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await runServer('fail2ban-server', process.argv.slice(2), processTerminal());
