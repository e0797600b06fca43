import { createDetector } from '../../src/detect/detector.ts';
import { runDetectionWorker } from '../../src/detect/worker-main.ts';

// A detection worker that dies or hangs at lines which say so, beside doing its usual work.
runDetectionWorker((settings, deps) => {
  const detector = createDetector(settings, deps);
  return {
    ...detector,
    // The lines that it reacts to are none that a rule would look at.
    needs: () => undefined,
    feed(text, timeSec, log) {
      if (text.includes('die of it')) process.exit(7);
      if (text.includes('eat memory')) eatMemory();
      if (text.includes('too many errors')) deps.onTooManyErrors?.();
      if (text.includes('spin outside of rules')) for (;;);
      return detector.feed(text, timeSec, log);
    },
  };
});

function eatMemory(): void {
  const eaten: number[][] = [];
  for (;;) eaten.push(new Array<number>(500_000).fill(eaten.length));
}
