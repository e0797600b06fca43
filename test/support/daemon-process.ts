import { join } from 'node:path';
import { readConfiguration } from '../../src/config/index.ts';
import { commandsOf } from '../../src/daemon/configure.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { LogTarget } from '../../src/daemon/log-target.ts';
import { createDetectionHosts } from '../../src/detect/index.ts';

// A whole daemon in a process of its own, on the folder that is named on the command line (`TestHome`). It says `ready`, and ends
// when its standard input does.

const folder = process.argv[2] as string;
const log = new LogTarget();
const daemon = new Daemon({
  log,
  socketPath: join(folder, 'fail2ban.sock'),
  force: false,
  readInterfaces: () => ({}),
  readGateways: () => [],
  manualCommands: () => [],
  createDetection: createDetectionHosts,
});
await log.setLogTarget(join(folder, 'fail2ban.log'));
await daemon.start();
await daemon.dispatcher.applyStream(commandsOf(readConfiguration({ layers: [folder] })));
process.stdout.write('ready\n');
process.stdin.resume().on('end', async () => {
  await daemon.stop();
  log.close();
  process.exit(0);
});
