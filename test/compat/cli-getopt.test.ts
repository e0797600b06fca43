import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { getopt } from '../../src/cli/getopt.ts';
import { runPython } from '../support/python.ts';
import { requireTool } from '../support/tools.ts';

const grammar = {
  short: 'hc:s:xv',
  long: ['loglevel=', 'logtarget=', 'test', 'timeout=', 'dp', 'dump-pretty', 'conf='],
};

test("command lines are taken apart as Python's getopt does it", (t) => {
  if (!requireTool(t, 'python3')) return;
  const word = fc.constantFrom(
    '-x',
    '-v',
    '-xv',
    '-c',
    '-cdir',
    '-xcdir',
    '-s=x',
    '-',
    '--',
    '-Z',
    '-:',
    '--test',
    '--tes',
    '--t',
    '--log=1',
    '--loglevel',
    '--loglevel=5',
    '--logl',
    '--conf=',
    '--dp',
    '--d',
    '--dump',
    '--test=1',
    '--none',
    'status',
    'sshd',
    '',
  );
  const lines = fc.sample(fc.array(word, { maxLength: 6 }), { numRuns: 2000, seed: 5 });
  const program = `
import getopt
result = []
for line in given['lines']:
    try:
        result.append(getopt.getopt(line, given['short'], given['long']))
    except getopt.GetoptError as e:
        result.append(str(e))
`;
  const theirs = runPython(program, { lines, ...grammar }) as unknown[];
  for (const [index, line] of lines.entries()) {
    const ours = getopt(line, grammar);
    const shape = typeof ours === 'string' ? ours : [ours.options, ours.rest];
    assert.deepEqual(shape, theirs[index], JSON.stringify(line));
  }
});
