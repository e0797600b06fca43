import { statSync } from 'node:fs';

/** Whether the text is the path of a file. Any text may be asked for: a log line can be too long for a path. */
export function isFile(text: string): boolean {
  try {
    return statSync(text).isFile();
  } catch {
    return false;
  }
}
