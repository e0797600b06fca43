import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { DetectLoop } from '../support/detect-loop.ts';
import { DetectOracle, type OracleFailure } from '../support/detect-oracle.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import {
  damageIn,
  dateOf,
  encode,
  plain,
  remembering,
  type Scenario,
  type Step,
  scenario,
  sessionPrefix,
  settingsOf,
  type WrittenLine,
} from '../support/log-scenario.ts';

const zone = 'Europe/Berlin';
const startSec = Date.parse('2026-11-22T15:28:49Z') / 1000;
const run = {
  numRuns: Number(process.env.WARDER_RUNS ?? 100),
  ...(process.env.WARDER_SEED ? { seed: Number(process.env.WARDER_SEED) } : {}),
};
let oracle: DetectOracle | undefined;

before(() => {
  process.env.TZ = zone;
  oracle = new DetectOracle();
});
after(() => oracle?.close());

test('what is counted of real files is what the reference counts: dates, encodings, sessions, windows, rotations', async (context) => {
  if (!requireFail2ban(context)) return;
  let failures = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const bench = new Bench(given);
      try {
        failures += await bench.compare();
      } finally {
        bench.close();
      }
    }),
    run,
  );
  assert.ok(failures > run.numRuns / 2, `only ${failures} failures`);
  context.diagnostic(`equal: ${failures} failures`);
});

test('the first read of a long log finds what is not too old, wherever it begins', async (context) => {
  if (!requireFail2ban(context)) return;
  let failures = 0;
  const settings = settingsOf(plain);
  const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 400, size: 'max' });
  await fc.assert(
    fc.asyncProperty(
      gaps,
      fc.integer({ min: 40, max: 900 }),
      fc.boolean(),
      async (spans, length, undated) => {
        let ageSec = 0;
        const old = spans.flatMap((span, index): WrittenLine[] => {
          ageSec += span;
          const padding = 'x'.repeat(length);
          const text = `s1 fail user=${padding} from 192.0.2.${index % 250} end`;
          const line = { offsetSec: -ageSec, format: 'iso', text, damaged: false, lineEnd: '\n' } as const;
          return undated && index % 3 === 0
            ? [{ ...line, offsetSec: undefined, text: 'no date' }, line]
            : [line];
        });
        const bench = new Bench({ encoding: 'utf-8', settings, old: old.reverse(), steps: [] });
        try {
          failures += await bench.compare();
        } finally {
          bench.close();
        }
      },
    ),
    { ...run, numRuns: 40 },
  );
  assert.ok(failures > 100, `only ${failures} failures`);
});

test('as many sessions are remembered as by the reference, and as long', async (context) => {
  if (!requireFail2ban(context)) return;
  const line = (text: string): WrittenLine => ({
    offsetSec: 0,
    format: 'iso',
    text,
    damaged: false,
    lineEnd: '\n',
  });
  const session = fc.integer({ min: 1, max: 130 }).map((number) => `s${number}`);
  const turn = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .array(fc.tuple(session, fc.constantFrom('help', 'fail', 'noip')), {
          minLength: 20,
          maxLength: 120,
          size: 'max',
        })
        .map(
          (lines): Step => ({
            kind: 'write',
            cutBytes: 0,
            lines: lines.map(([id, what], index) =>
              line(`${id} ${what} user=u from ${what === 'help' ? `192.0.2.${index + 1}` : '-'} end`),
            ),
          }),
        ),
    },
    { weight: 1, arbitrary: fc.integer({ min: 50, max: 299 }).map((sec): Step => ({ kind: 'pass', sec })) },
  );
  let failures = 0;
  const settings = { ...settingsOf(remembering), prefRegex: sessionPrefix };
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 8 }), async (steps) => {
      const bench = new Bench({
        encoding: 'utf-8',
        settings,
        old: [line('s0 text user= from - end')],
        steps,
      });
      try {
        failures += await bench.compare();
      } finally {
        bench.close();
      }
    }),
    { ...run, numRuns: 60 },
  );
  assert.ok(failures > 100, `only ${failures} failures`);
});

/** One log, read by both at the same moments. */
class Bench {
  readonly #scenario: Scenario;
  readonly #directory = mkdtempSync(join(tmpdir(), 'warder-files-'));
  readonly #path = join(this.#directory, 'a.log');
  readonly #loop = new DetectLoop(startSec);
  /** Makes every line another one, so that a rotated log is known by its first. */
  #count = 0;
  #failures = 0;
  /** The bytes of a line whose start is written. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(given: Scenario) {
    this.#scenario = given;
  }

  async compare(): Promise<number> {
    const { settings, encoding } = this.#scenario;
    writeFileSync(this.#path, this.#bytesOf(this.#oldLines()));
    await oracle!.openFiles({
      id: 'files',
      settings,
      paths: [this.#path],
      encoding,
      nowSec: this.#nowSec,
      zone,
    });
    this.#loop.add(settings, [{ pattern: this.#path, tail: false }], encoding);
    await this.#look(0);
    for (const step of this.#scenario.steps) {
      if (step.kind === 'pass') await this.#look(step.sec);
      else {
        if (step.kind === 'truncate') {
          // The reference does not see it where the log has grown to the same size again.
          truncateSync(this.#path);
          await this.#look(2);
        }
        this.#write(step);
        await this.#look(2);
      }
    }
    return this.#failures;
  }

  close(): void {
    this.#loop.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * In one format, so that the dates ascend in every time zone. The reference's search for where to begin lands within a
   * character of several bytes: there it may find nothing old.
   */
  #oldLines(): WrittenLine[] {
    const { old, encoding } = this.#scenario;
    const isWide = encoding.startsWith('utf-16') || encoding.startsWith('utf-32');
    if (!isWide) return old.map((line) => ({ ...line, format: 'iso' }));
    return old.map((line) => ({ ...line, format: 'epoch', offsetSec: Math.max(line.offsetSec ?? 0, -590) }));
  }

  get #nowSec(): number {
    return this.#loop.clock.nowSec();
  }

  async #look(sec: number): Promise<void> {
    const ours = this.#loop
      .pass(sec)
      .map(({ id, timeSec, lines }): OracleFailure => ({ id, timeSec, lines }));
    const theirs = await oracle!.readFiles('files', [this.#path], this.#nowSec);
    assert.deepEqual(ours, theirs, `at ${this.#nowSec - startSec} s`);
    this.#failures += ours.length;
  }

  #write(step: Exclude<Step, { kind: 'pass' }>): void {
    if (step.kind === 'write') {
      const bytes = Buffer.concat([this.#rest, this.#bytesOf(step.lines)]);
      // The reference takes a carriage return for the end of a line that is not written to its end yet.
      const cutBytes = step.cutBytes === 1 ? 2 : step.cutBytes;
      const cut = Math.max(this.#rest.length, bytes.length - cutBytes);
      appendFileSync(this.#path, bytes.subarray(0, cut));
      this.#rest = bytes.subarray(cut);
      return;
    }
    this.#rest = Buffer.alloc(0);
    const bytes = this.#bytesOf([step.line]);
    if (step.kind === 'rotate') renameSync(this.#path, `${this.#path}.${this.#count}`);
    appendFileSync(this.#path, bytes);
  }

  #bytesOf(lines: readonly WrittenLine[]): Buffer {
    return Buffer.concat(
      lines.map((line) => {
        this.#count += 1;
        // In a session the newest address wins, with the reference the IPv4 one (docs/differences.md).
        const inSession = this.#scenario.settings.prefRegex !== undefined;
        const text = inSession ? line.text.replace(/\[?2001:\S+/, '192.0.2.9') : line.text;
        const body = `${dateOf(line, this.#nowSec)}${text} ${this.#count}`;
        const content = encode(body, this.#scenario.encoding);
        const damage = line.damaged ? damageIn(this.#scenario.encoding) : Buffer.alloc(0);
        // In units of several bytes the reference leaves the carriage return on the line, if another line follows.
        const lineEnd = this.#scenario.encoding.startsWith('utf-8') || !/^utf/.test(this.#scenario.encoding);
        return Buffer.concat([
          content,
          damage,
          encode(lineEnd ? line.lineEnd : '\n', this.#scenario.encoding),
        ]);
      }),
    );
  }
}
