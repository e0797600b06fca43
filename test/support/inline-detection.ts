import type { DetectionParts } from '../../src/daemon/daemon.ts';
import type { Detection } from '../../src/daemon/detection.ts';
import {
  createDetector,
  type DetectionJail,
  type DetectionStatus,
  type Detector,
  type LogMemory,
} from '../../src/detect/index.ts';

const noPulse = { begin: () => undefined, end: () => undefined };

/** Detection without worker and files: the test feeds the lines, the real detectors run on them at once. */
export class InlineDetection implements Detection {
  readonly #parts: DetectionParts;
  readonly #jails = new Map<string, { settings: DetectionJail; detector: Detector; log: LogMemory }>();

  constructor(parts: DetectionParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async addJail(settings: DetectionJail): Promise<void> {
    const { clock, logger } = this.#parts;
    const detector = createDetector(settings.filter, { clock, logger, pulse: noPulse });
    const log = {
      inOperation: true,
      lastDateSec: undefined,
      lastDateText: undefined,
      lastSeenAtSec: undefined,
    };
    this.#jails.set(settings.filter.jail, { settings, detector, log });
  }

  async updateJail(name: string, change: Partial<DetectionJail>): Promise<void> {
    await this.addJail({ ...this.#jail(name).settings, ...change });
  }

  async removeJail(name: string): Promise<[]> {
    this.#jails.delete(name);
    return [];
  }

  injectLine(jail: string, text: string, timeSec: number): void {
    const { log } = this.#jail(jail);
    log.inOperation = this.#parts.clock.nowSec() - timeSec < 60;
    this.feed(jail, text);
    log.inOperation = true;
  }

  backendOf(): string {
    return 'polling';
  }

  jailStatus(name: string): DetectionStatus | undefined {
    if (!this.#jails.has(name)) return undefined;
    const files = this.filesOf(name).map((path) => ({ path, state: 'reading' as const, reason: '' }));
    return {
      backend: this.backendOf(),
      files,
      journal: undefined,
      suspendedRules: [],
      suspended: false,
    };
  }

  filesOf(name: string): readonly string[] {
    return this.#jail(name).settings.source.logPaths.map((path) => path.pattern);
  }

  isIdle(name: string): boolean {
    return this.#jail(name).settings.idle;
  }

  /** As if too many lines of the jail could not be processed. */
  goIdle(jail: string): void {
    this.#parts.onEvent?.({ kind: 'idle', jail });
  }

  /** One line of a jail's log, found now. */
  feed(jail: string, line: string): void {
    const { detector, log } = this.#jail(jail);
    this.#parts.onBatch({ failures: detector.feed(line, undefined, log), positions: [], caughtUp: [] });
  }

  #jail(name: string): { settings: DetectionJail; detector: Detector; log: LogMemory } {
    const jail = this.#jails.get(name);
    if (jail === undefined) throw new Error(`the jail ${name} was not added`);
    return jail;
  }
}
