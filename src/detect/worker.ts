import { workerData } from 'node:worker_threads';
import { createDetector } from './detector.ts';
import type { JudgeStart } from './host-judge.ts';
import { runPatternJudge } from './judge-thread.ts';
import { runDetectionWorker, type WorkerStart } from './worker-main.ts';

// The entry of the threads of detection, in one module for all that they share: the build bundles it as detect-worker.js.
if ('judge' in (workerData as WorkerStart | JudgeStart)) runPatternJudge();
else runDetectionWorker(createDetector);
