import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedCompiler } from '../../src/detect/index.ts';
import { testDetector } from '../support/detector.ts';

/** A detector whose rule fails on lines with `broken`, and how often it asked to pause. */
function bench() {
  const compile = sharedCompiler();
  let pauses = 0;
  const detector = testDetector(
    { failRegex: ['fail from <HOST>$'] },
    {
      compile: (pattern, flags) => {
        const regex = compile(pattern, flags);
        if (!pattern.includes('fail from')) return regex;
        const search: typeof regex.search = (subject, fromIndex) => {
          if (subject.includes('broken')) throw new Error('too many steps');
          return regex.search(subject, fromIndex);
        };
        return Object.assign(Object.create(regex) as typeof regex, { search });
      },
      onTooManyErrors: () => {
        pauses++;
      },
    },
  );
  const feed = (text: string, times: number): void => {
    for (let count = 0; count < times; count++) detector.feed(`16:28:40 ${text}`);
  };
  return { ...detector, lines: feed, pauses: () => pauses };
}

test('at 100 lines in a row that cannot be processed the jail is to pause, and the log says so', () => {
  const { lines, logger, pauses } = bench();
  lines('broken fail from 192.0.2.1', 99);
  assert.equal(pauses(), 0);
  lines('broken fail from 192.0.2.1', 1);
  assert.equal(pauses(), 1);
  assert.equal(logger.lines.at(-1), 'ERROR fail2ban.filter [test] Too many errors at once, going idle');
  assert.match(logger.lines.at(-2)!, /\[test\] Failed to process line .*broken.*too many steps/);
});

test('half of the errors are forgiven for each line that goes well, and at the pause', () => {
  const { lines, pauses } = bench();
  lines('broken fail from 192.0.2.1', 99);
  lines('fail from 192.0.2.1', 1);
  lines('broken fail from 192.0.2.1', 50);
  assert.equal(pauses(), 0, '49 and 50');
  lines('broken fail from 192.0.2.1', 1);
  assert.equal(pauses(), 1);
  lines('broken fail from 192.0.2.1', 49);
  assert.equal(pauses(), 1);
  lines('broken fail from 192.0.2.1', 1);
  assert.equal(pauses(), 2);
});
