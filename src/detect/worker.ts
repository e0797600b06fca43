import { createDetector } from './detector.ts';
import { runDetectionWorker } from './worker-main.ts';

// The entry of the detection worker: the build bundles it as detect-worker.js.
runDetectionWorker(createDetector);
