import { closeSync } from 'node:fs';
import { fileChunks, type LineChunk } from './file-chunks.ts';
import type { LogFile } from './file-lines.ts';
import { type PartPlan, seamsOf } from './log-parts.ts';
import type { PartRequest, PartResult } from './part.ts';
import type { StartedPart } from './part-threads.ts';
import { addDateHits, dateNames, memoryText } from './run-memory.ts';
import type { CountingInParts } from './sinks.ts';
import type { TestRun } from './test-run.ts';

/** A log that may be tried in parts, and what becomes of the parts. */
export interface DividedLog {
  readonly file: LogFile;
  readonly plan: PartPlan;
  readonly request: Pick<PartRequest, 'encoding' | 'settings' | 'lookAt' | 'shownLevel'>;
  readonly counting: CountingInParts;
}

/**
 * Tries the first part of a log here while threads try the others. Each of them guesses what the lines before it leave
 * behind; where the end of the part before it shows that it guessed right, and nothing happened in it that is not the same
 * in any order, its counts are those of the lines tried one after the other. Else all that follows the first part is tried here.
 * False, and nothing has happened: the log is left whole.
 */
export async function tryParts(
  run: TestRun,
  { file, plan, request, counting }: DividedLog,
  tryChunk: (chunk: LineChunk) => Promise<void>,
): Promise<boolean> {
  const seams = seamsOf(file, plan);
  const [first] = seams;
  if (first === undefined) return false;
  const { fd, startOffset } = file;
  const { chunkBytes, warmUpLines } = plan;
  const parts = seams.map((start, index) =>
    plan.start({
      ...request,
      tally: counting.options,
      fd,
      logStart: startOffset,
      start,
      end: seams[index + 1],
      chunkBytes,
      warmUpLines,
    }),
  );
  try {
    for (const chunk of fileChunks({ fd, startOffset, endOffset: first, chunkBytes }, false)) {
      await tryChunk(chunk);
      if (!run.watchesDates) run.beginRepeatable();
    }
    const results = await fittingResults(run, parts);
    if (results !== undefined) {
      for (const { sums, dateHits } of results) {
        counting.addSums(sums);
        addDateHits(run.inspector, dateHits);
      }
      return true;
    }
    await stopAll(parts);
    for (const chunk of fileChunks({ fd, startOffset: first, chunkBytes }, false)) await tryChunk(chunk);
    return true;
  } finally {
    // The file is read until a thread has ended.
    await stopAll(parts);
    closeSync(fd);
  }
}

type Counted = Extract<PartResult, { kind: 'counted' }>;

/** What the parts came to, if each began with what the one before it left. */
async function fittingResults(
  run: TestRun,
  parts: readonly StartedPart[],
): Promise<readonly Counted[] | undefined> {
  if (!run.isRepeatable) return undefined;
  const results: Counted[] = [];
  const templates = dateNames(run.inspector).join('\n');
  let left = memoryText(run.inspector);
  for (const { result } of parts) {
    const part = await result;
    if (part.kind === 'unsure' || part.began !== left || part.templates.join('\n') !== templates)
      return undefined;
    left = part.ended;
    results.push(part);
  }
  return results;
}

async function stopAll(parts: readonly StartedPart[]): Promise<void> {
  await Promise.all(parts.map((part) => part.stop()));
}
