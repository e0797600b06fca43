import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  createDetector,
  type Detector,
  type Failure,
  type LogMemory,
  sharedCompiler,
} from '../../src/detect/index.ts';
import { ownFilter } from '../support/own-filter.ts';

process.env.TZ = 'Europe/Berlin';
const nowSec = Date.parse('2026-11-22T16:00:00+01:00') / 1000;
const samples = new URL('../fixtures/filters/', import.meta.url);
const compile = sharedCompiler();

type Options = Readonly<Record<string, string>>;

/** What a sample is expected to give: `no`, or what is to be checked of the one failure. */
type Expected = 'no' | Readonly<Record<string, unknown>>;

function detectorOf(name: string, options: Options): Detector {
  const list = Object.entries(options).map(([key, value]) => `${key}="${value}"`);
  const text = list.length === 0 ? name : `${name}[${list.join(', ')}]`;
  const pulse = { begin: () => undefined, end: () => undefined };
  const settings = { jail: name, useDns: 'warn', findTimeSec: 86_400, ...ownFilter(text) } as const;
  return createDetector(settings, { clock: new ManualClock(nowSec), pulse, logger: silentLogger, compile });
}

function seen(failures: readonly Failure[], expected: Expected): unknown {
  if (failures.length === 0) return 'no';
  const [failure] = failures as readonly [Failure];
  const all: Record<string, unknown> = {
    id: failure.id,
    user: failure.fields.user,
    unresolved: failure.unresolved,
    lines: failure.lines.length,
    failures: failures.length,
  };
  const keys = expected === 'no' ? Object.keys(all) : [...Object.keys(expected), 'failures'];
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}

for (const file of readdirSync(samples)) {
  const name = file.replace(/\.log$/, '');
  test(`the ${name} filter gives what its samples say`, () => {
    let options: Options = {};
    let detector: Detector | undefined;
    let expected: Expected | undefined;
    let log: LogMemory | undefined;
    for (const [index, line] of readFileSync(new URL(file, samples), 'utf8').split('\n').entries()) {
      if (line.startsWith('% ')) {
        options = JSON.parse(line.slice(2)) as Options;
        detector = detectorOf(name, options);
        log = {
          inOperation: false,
          lastDateSec: undefined,
          lastDateText: undefined,
          lastSeenAtSec: undefined,
        };
      } else if (line.startsWith('@ ')) {
        expected = line === '@ no' ? 'no' : (JSON.parse(line.slice(2)) as Expected);
      } else if (line !== '' && (expected !== undefined || !line.startsWith('#'))) {
        assert.ok(expected !== undefined, `${file}:${index + 1} has no expectation`);
        const failures = detector!.feed(line, options.logtype === 'journal' ? nowSec : undefined, log!);
        const wanted = expected === 'no' ? 'no' : { ...expected, failures: 1 };
        assert.deepEqual(seen(failures, expected), wanted, `${file}:${index + 1} ${line}`);
        assert.ok(
          !failures.some(({ id }) => id.startsWith('198.51.100.')),
          `${file}:${index + 1} a bystander is counted`,
        );
        expected = undefined;
      }
    }
  });
}
