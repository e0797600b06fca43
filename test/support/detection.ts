import { EventEmitter, once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MemoryLogger, systemClock } from '../../src/base/index.ts';
import {
  createDetectionHosts,
  type DetectionBatch,
  type DetectionEvent,
  type DetectionHostOptions,
  type DetectionHosts,
  type DetectionJail,
} from '../../src/detect/index.ts';
import type { Position } from '../../src/source/index.ts';

/** A host with its real worker, which remembers what it was handed. */
export class TestHost {
  readonly host: DetectionHosts;
  readonly batches: DetectionBatch[] = [];
  readonly events: DetectionEvent[] = [];
  readonly logger = new MemoryLogger();
  readonly directory: string;
  readonly #emitter = new EventEmitter();

  constructor(context: TestContext, options: Partial<DetectionHostOptions> = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'warder-detect-'));
    this.host = createDetectionHosts({
      clock: systemClock,
      logger: {
        log: (level, logger, message) => {
          this.logger.log(level, logger, message);
          this.#emitter.emit('changed');
        },
      },
      // Only tests that are about it wait for verdicts.
      judgeDelaySec: 3600,
      ...options,
      onBatch: async (batch) => {
        this.batches.push(batch);
        this.#emitter.emit('changed');
        await options.onBatch?.(batch);
      },
      onEvent: (event) => {
        this.events.push(event);
        this.#emitter.emit('changed');
      },
    });
    context.after(async () => {
      await this.host.stop();
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  /** The ids of the failures so far, in order, or those of one jail. */
  ids(jail?: string): string[] {
    const failures = this.batches.flatMap((batch) => batch.failures);
    return failures.filter((failure) => jail === undefined || failure.jail === jail).map(({ id }) => id);
  }

  /** The last position handed over for a jail. */
  position(jail: string): Position | undefined {
    const positions = this.batches.flatMap((batch) => batch.positions);
    return positions.filter((entry) => entry.jail === jail).at(-1)?.position;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  append(name: string, ...lines: string[]): void {
    appendFileSync(this.path(name), lines.map((line) => `${line}\n`).join(''));
  }

  /** The lines of a file. */
  written(name: string): string[] {
    return readFileSync(this.path(name), 'utf8').trimEnd().split('\n');
  }

  /** Waits until something that the host tells makes the condition true. */
  async until(condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    while (!condition()) await once(this.#emitter, 'changed', { signal });
  }

  /** Log messages of a level. */
  logged(level: string): string[] {
    return this.logger.lines
      .filter((line) => line.startsWith(`${level} `))
      .map((line) => line.slice(level.length + 1));
  }

  /** A jail that reads a file in the directory. */
  jail(name: string, file: string, ...failRegex: string[]): DetectionJail {
    return {
      filter: {
        jail: name,
        failRegex,
        ignoreRegex: [],
        useDns: 'no',
        maxLines: 1,
        findTimeSec: 600,
      },
      source: {
        backend: 'auto',
        logPaths: [{ pattern: this.path(file), tail: false }],
        logEncoding: 'auto',
        journalMatch: [],
        journalOptions: {},
      },
      positions: [],
      idle: false,
    };
  }
}

/** A line as syslog daemons write it, of now. */
export function datedLine(text: string): string {
  return `${new Date().toISOString().replace(/\.\d+Z$/, 'Z')} ${text}`;
}
