// Owns: fail2ban's database: the file, its schema, what is kept and for how long.
// Receives: batches of what changed (bans, counts, positions), and questions about the past.
// Emits: what a jail knew when it last ran.
export { copyDatabase, type DatabaseFacts } from './copy.ts';
export { type DatabaseHealth, examineDatabase } from './examine.ts';
export type { StoreReader } from './reader.ts';
export { Store } from './store.ts';
export type {
  JailPosition,
  KeptBan,
  LoadOptions,
  MergedBan,
  PastBan,
  StoreBatch,
  StoreHealth,
  StoreLimits,
  StoreOptions,
} from './types.ts';
