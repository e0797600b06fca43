import { DatabaseSync } from 'node:sqlite';
import { countsOf, type DatabaseFacts, locationOf } from './copy.ts';
import { meaningOf } from './open-database.ts';
import { inspectSchema, schemaVersion } from './schema.ts';

/** What a database holds, and whether it is sound. */
export interface DatabaseHealth extends DatabaseFacts {
  /** What SQLite found wrong with the file; undefined when nothing is. */
  readonly damage: string | undefined;
}

/**
 * Looks a database through from end to end, which may be in use, and changes nothing. Throws what cannot be looked through at all:
 * `STATE_SCHEMA_NEWER`, `STATE_FOREIGN`, `STATE_DAMAGED`, `STATE_LOCKED` or `STATE_UNUSABLE`.
 */
export function examineDatabase(file: string, nowSec: number): DatabaseHealth {
  try {
    const db = new DatabaseSync(locationOf(file), { readOnly: true, timeout: 3000 });
    try {
      const state = inspectSchema(db, file);
      const found = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
      const damage = found === 'ok' ? undefined : String(found);
      return { ...countsOf(db, nowSec), version: typeof state === 'number' ? state : schemaVersion, damage };
    } finally {
      db.close();
    }
  } catch (error) {
    throw meaningOf(error, file);
  }
}
