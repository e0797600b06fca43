import { parentPort } from 'node:worker_threads';
import type { Pattern } from '../../src/detect/pattern.ts';

// A judge that hangs or dies at patterns which say so, and takes all others for dangerous.
parentPort?.on('message', ({ text }: Pattern) => {
  if (text === 'die') process.exit(3);
  if (text === 'hang') for (;;);
  parentPort?.postMessage({ above: 0 });
});
