import { silentLogger, systemClock } from '../../src/base/index.ts';
import { Store } from '../../src/state/index.ts';
import { ban, changes, count, startSec } from './storing.ts';

// Writes batches until it is killed. In each, position and counts say the same number, and there is one ban more.
const store = new Store({
  file: process.argv[2]!,
  clock: systemClock,
  logger: silentLogger,
  maxMatches: 10,
  purgeAgeSec: 1e9,
});
store.open();
for (let n = 1; ; n++) {
  const position = { kind: 'file', path: '/var/log/a', offset: n, firstLineHash: '' } as const;
  const counts = Array.from({ length: 20 }, (_, k) => count(`id${k}`, { retry: n, timeSec: startSec + n }));
  const records = [{ kind: 'ban', ban: ban(`banned${n}`, { banTimeSec: -1 }) }] as const;
  store.commit({ positions: [{ jail: 'sshd', position }], changes: [changes({ counts, records })] });
  process.stdout.write(`${n}\n`);
}
