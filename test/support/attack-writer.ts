import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { attackLines } from './attack-lines.ts';

// A program: writes the lines of an attack into a log, a few at a time, over so many seconds.

const [file = '', seconds = '1'] = process.argv.slice(2);
const pauseMs = 5;
const lines = attackLines();
const endMs = Date.now() + Number(seconds) * 1000;
const startMs = Date.now();
let written = 0;
while (written < lines.length) {
  const due = Math.ceil(((Date.now() - startMs) / (endMs - startMs)) * lines.length);
  const next = lines.slice(written, Math.min(due, lines.length));
  const date = new Date().toISOString().replace('Z', '+00:00');
  if (next.length > 0) appendFileSync(file, next.map((line) => `${date} ${line}\n`).join(''));
  written += next.length;
  await sleep(pauseMs);
}
