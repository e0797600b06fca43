import { endSoon } from './end-soon.ts';
import { runServer } from './server.ts';
import { processTerminal } from './terminal.ts';

endSoon(await runServer('fail2ban-server', process.argv.slice(2), processTerminal()));
