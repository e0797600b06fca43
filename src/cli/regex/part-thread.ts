import { parentPort, workerData } from 'node:worker_threads';
import { type PartRequest, tryPart } from './part.ts';

// The entry of a thread that tries a part of a log: the build bundles it as log-part.js.
const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');
port.postMessage(await tryPart(workerData as PartRequest));
