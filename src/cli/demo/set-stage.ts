import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setGuardedStage } from './guarded-stage.ts';
import { setObservedStage } from './observed-stage.ts';
import type { OnLogLine, Stage } from './stage.ts';

export interface StageOptions {
  /** A folder of the demo's own, which goes with it. */
  readonly folder: string;
  readonly maxRetry: number;
  readonly banTimeSec: number;
  readonly onLogLine: OnLogLine;
  /** Something was begun: this ends it. Called in reverse order. */
  onEnd(release: () => Promise<void>): unknown;
}

/** A stage that can be taken down at any time, also while it is being set. */
export class StageHouse {
  readonly #releases: (() => Promise<void>)[] = [];

  /** Throws `DEMO_STAGE`. `isReal`: with a network, which takes root. */
  async set(isReal: boolean, options: Omit<StageOptions, 'folder' | 'onEnd'>): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), `warder-demo-${process.pid}-`));
    const onEnd: StageOptions['onEnd'] = (release) => this.#releases.push(release);
    onEnd(() => rm(folder, { recursive: true, force: true }));
    return (isReal ? setGuardedStage : setObservedStage)({ ...options, folder, onEnd });
  }

  /** Ends everything that was begun since the last call, in reverse order. Throws what the first of the failures threw, when all is done. */
  async takeDown(): Promise<void> {
    const failures: unknown[] = [];
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) {
      await release().catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
