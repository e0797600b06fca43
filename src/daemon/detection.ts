import type { Failure, FilterSettings } from '../detect/index.ts';
import type { Position, SourceSettings } from '../source/index.ts';
import type { JailPosition } from '../state/index.ts';

/** What the detection worker is told of a jail. */
export interface DetectionJail {
  readonly filter: FilterSettings;
  readonly source: SourceSettings;
  readonly positions: readonly Position[];
  readonly idle: boolean;
}

/** What the worker found, and how far it read for it. */
export interface DetectionBatch {
  readonly failures: readonly Failure[];
  readonly positions: readonly JailPosition[];
}

/** Reading and matching for all jails: the worker's host, or a test's own. */
export interface Detection {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when the rules are compiled; rejects with what is wrong with them. */
  addJail(jail: DetectionJail): Promise<void>;
  updateJail(name: string, change: Partial<Omit<DetectionJail, 'positions'>>): Promise<void>;
  removeJail(name: string): Promise<readonly Position[]>;
  injectLine(jail: string, text: string, timeSec: number): void;
  /** `pyinotify`, `polling` or `systemd`. */
  backendOf(jail: string): string;
  /** Files that are followed. */
  filesOf(jail: string): readonly string[];
}
