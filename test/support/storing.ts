import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { type LoadOptions, Store, type StoreOptions } from '../../src/state/index.ts';
import type { Ban, BanRecord, FailureCount, TrackChanges } from '../../src/track/index.ts';

export const startSec = 1_700_000_000;

/** Loading as a jail with bantime and findtime of ten minutes does. */
export const tenMinutes: LoadOptions = { banTimeSec: 600, findTimeSec: 600, maxMatches: 5 };

export function ban(id: string, more: Partial<Ban> = {}): Ban {
  return {
    jail: 'sshd',
    id,
    timeSec: startSec,
    banTimeSec: 600,
    banCount: 1,
    failures: 3,
    matches: [`line of ${id}`],
    fields: { user: 'root' },
    ...more,
  };
}

export function count(id: string, more: Partial<FailureCount> = {}): FailureCount {
  const times = { firstSec: startSec - 10.25, timeSec: startSec - 0.125 };
  return {
    id,
    ...times,
    retry: 2,
    failures: 2,
    matches: [`line of ${id}`],
    fields: { user: 'root' },
    ...more,
  };
}

export function changes(more: Partial<TrackChanges> = {}): TrackChanges {
  return { jail: 'sshd', records: [], counts: [], dropped: [], parked: [], settled: [], ...more };
}

/** Bans of a jail as changes. */
export function banned(...bans: readonly Ban[]): TrackChanges {
  const records: BanRecord[] = bans.map((one) => ({ kind: 'ban', ban: one }));
  return changes({ jail: bans[0]?.jail ?? 'sshd', records });
}

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a folder of its own, with the time in the test's hand. */
export class StoreBench {
  readonly clock = new ManualClock(startSec);
  readonly logger = new MemoryLogger();
  readonly file: string;
  readonly store: Store;

  constructor(t: TestContext, more: Partial<StoreOptions> = {}) {
    this.file = more.file ?? join(temporaryFolder(t), 'fail2ban.sqlite3');
    this.store = new Store({
      file: this.file,
      clock: this.clock,
      logger: this.logger,
      maxMatches: 10,
      purgeAgeSec: 86_400,
      ...more,
    });
    t.after(() => this.store.close());
  }

  /** Opens it and returns it. */
  opened(): Store {
    this.store.open();
    return this.store;
  }

  /** What another program sees in the file. */
  rows(sql: string): Record<string, unknown>[] {
    const db = new DatabaseSync(this.file);
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  }

  /** Log lines of a level. */
  logged(level: string): string[] {
    return this.logger.lines.filter((line) => line.startsWith(`${level} `));
  }
}
