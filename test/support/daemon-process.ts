import { join } from 'node:path';
import { readConfiguration } from '../../src/config/index.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { detectionOptions } from '../../src/daemon/detection-options.ts';
import { LogTarget } from '../../src/daemon/log-target.ts';
import { OwnConfigurationReader } from '../../src/daemon/own-configuration.ts';
import { createDetectionHosts } from '../../src/detect/index.ts';

// A whole daemon in a process of its own, on the folder that is named on the command line (`TestHome`). It says `ready`, and ends
// when its standard input does.

const folder = process.argv[2] as string;
const reading = { layers: [folder] };
const configuration = readConfiguration({ ...reading, jails: [] });
const log = new LogTarget();
const own = new OwnConfigurationReader({
  reading,
  logger: log,
  isRunning: (jail) => daemon.server.jailNames().includes(jail),
});
const daemon: Daemon = new Daemon({
  log,
  socketPath: join(folder, 'fail2ban.sock'),
  force: false,
  readInterfaces: () => ({}),
  readGateways: () => [],
  manualCommands: () => [],
  ownConfiguration: own,
  createDetection: (parts) => createDetectionHosts({ ...parts, ...detectionOptions(configuration) }),
});
await log.setLogTarget(join(folder, 'fail2ban.log'));
await daemon.start();
await daemon.dispatcher.applyStream(own.readAll().commands);
process.stdout.write('ready\n');
process.stdin.resume().on('end', async () => {
  await daemon.stop();
  log.close();
  process.exit(0);
});
