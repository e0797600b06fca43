import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { requireThat, requireTool } from './tools.ts';

const remotePath = '/lib/systemd/systemd-journal-remote';
const bootId = 'ee1f7a4a1b2c3d4e5f60718293a4b5c6';

/** An entry of a journal file: its time and its fields, in bytes (`latin1`), several of one name included. */
export interface FiledEntry {
  readonly timeSec: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** As requireTool, for `writeJournalFile`. */
export function requireJournalFiles(context: TestContext): boolean {
  const reason = `MISSING TOOL: ${remotePath} is not installed`;
  return requireTool(context, 'journalctl') && requireThat(context, existsSync(remotePath), reason);
}

/** Makes a journal file (`*.journal`) of entries, or adds them to it, with `systemd-journal-remote`. */
export function writeJournalFile(path: string, entries: readonly FiledEntry[]): void {
  const { status, stderr } = spawnSync(remotePath, ['--output', path, '-'], {
    input: Buffer.concat(entries.map(exported)),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`systemd-journal-remote failed: ${stderr}`);
}

/** systemd's export format, every value in its binary form. */
function exported({ timeSec, fields }: FiledEntry): Buffer {
  const timeUs = Math.round(timeSec * 1e6);
  const head = `__REALTIME_TIMESTAMP=${timeUs}\n__MONOTONIC_TIMESTAMP=${timeUs - 1e12}\n_BOOT_ID=${bootId}\n`;
  const parts = fields.map(([name, value]) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(value.length));
    return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`, 'latin1')]);
  });
  return Buffer.concat([Buffer.from(head), ...parts, Buffer.from('\n')]);
}
