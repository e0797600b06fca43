/**
 * What an error of SQLite means for us. `busy`: somebody else holds the file, try again. `damaged`: the file is no sound
 * database. `rejected`: this statement with these values, whatever the state of the file. `unusable`: all else (disk
 * full, permissions, I/O), which may pass.
 */
export type SqliteTrouble = 'busy' | 'damaged' | 'rejected' | 'unusable';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const troubles = new Map<number, SqliteTrouble>([
  [5, 'busy'],
  [6, 'busy'],
  [11, 'damaged'],
  [18, 'rejected'],
  [19, 'rejected'],
  [20, 'rejected'],
  [26, 'damaged'],
]);

/** Sorts an error; one that does not come from SQLite is `rejected` (a value that cannot be bound). */
export function troubleOf(error: unknown): SqliteTrouble {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return 'rejected';
  return troubles.get(error.errcode & 0xff) ?? 'unusable';
}
