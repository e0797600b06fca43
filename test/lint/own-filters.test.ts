import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigSurvey } from '../../src/config/index.ts';
import { expandTags } from '../../src/detect/index.ts';
import { lint } from '../../src/lint/index.ts';
import { filterVariants } from '../../src/lint/variants.ts';
import {
  attackText,
  type CompiledRegex,
  compilePythonRegex,
  judgeBacktracking,
  parsePythonRegex,
} from '../../src/pyregex/index.ts';
import { recheckVerdict } from '../support/filter-verdicts.ts';
import { ownConfig } from '../support/own-filter.ts';
import { accepted } from './accepted.ts';

// Every rule of every filter that we ship, in every setting. UPDATE_RECHECK=1 asks recheck about rules that are new, which takes
// a second for each, and keeps its answers.

const verdictFile = new URL('../fixtures/recheck.json', import.meta.url);
const isUpdate = process.env.UPDATE_RECHECK === '1';
/** Rules that recheck has not seen yet are asked about so long; more of them need the update. */
const recheckBudgetMs = 15_000;
/** What services write in one line is hardly longer. */
const hostileLength = 8192;
/** The watchdog's budget. */
const budgetMs = 250;

const survey = new ConfigSurvey([ownConfig]);
const names = survey.names('filter.d').filter((name) => !/(?:^|-)common$/.test(name));

interface OwnRule {
  readonly filter: string;
  readonly pattern: string;
  readonly flags: '' | 'm';
}

function ownRules(): OwnRule[] {
  const rules = new Map<string, OwnRule>();
  for (const name of names) {
    for (const text of filterVariants(name, survey.filesOf(`filter.d/${name}`))) {
      const { filter, rules: written } = survey.filter(text);
      for (const rule of written) {
        const severalLines = (filter.maxLines ?? 1) > 1 && rule.kind === 'failregex';
        const pattern = expandTags(rule.text, 'warn');
        rules.set(pattern, { filter: text, pattern, flags: severalLines ? 'm' : '' });
      }
    }
  }
  return [...rules.values()];
}

test('the linter has nothing against our own filters but what is accepted with a reason', () => {
  assert.ok(names.length > 50);
  const findings = lint(survey, { filters: names, jails: [], options: true }).filter(
    ({ severity, file = '' }) => severity !== 'info' && file.startsWith(join(ownConfig, 'filter.d')),
  );
  const said = findings.map(({ file = '', option = '', code }) => {
    return `${file.slice(ownConfig.length + 1)} ${option} ${code}`;
  });
  const text = findings.map(({ file, line, message, example }) => `${file}:${line} ${message}\n  ${example}`);
  assert.deepEqual(
    said.filter((each) => !accepted.has(each)),
    [],
    text.join('\n'),
  );
  const unused = [...accepted.keys()].filter((each) => !said.includes(each));
  assert.deepEqual(unused, [], 'what is accepted is still there');
});

test('recheck finds no rule of ours exponential or worse than quadratic', () => {
  const known = new Map<string, string>(
    existsSync(verdictFile)
      ? Object.entries(JSON.parse(readFileSync(verdictFile, 'utf8')) as Record<string, string>)
      : [],
  );
  const answers = new Map<string, string>();
  const endMs = performance.now() + recheckBudgetMs;
  const unasked: string[] = [];
  for (const { filter, pattern } of ownRules()) {
    const key = createHash('sha256').update(pattern).digest('hex').slice(0, 24);
    let answer = known.get(key);
    if (answer === undefined && (isUpdate || performance.now() < endMs)) {
      answer = recheckVerdict(pattern) ?? 'good';
    }
    if (answer === undefined) unasked.push(`${filter}: ${pattern}`);
    else answers.set(key, answer);
    assert.ok(answer === undefined || answer === 'good', `${filter}: ${answer}: ${pattern}`);
  }
  if (isUpdate) {
    const sorted = Object.fromEntries([...answers].sort(([one], [other]) => (one < other ? -1 : 1)));
    writeFileSync(verdictFile, `${JSON.stringify(sorted, null, 1)}\n`);
  }
  assert.deepEqual(
    unasked,
    [],
    'run this test once with UPDATE_RECHECK=1, and keep test/fixtures/recheck.json',
  );
});

test('no rule of ours takes longer than the watchdog allows, whatever the line', () => {
  const slow: string[] = [];
  for (const { filter, pattern, flags } of ownRules()) {
    const regex = compilePythonRegex(pattern, { flags });
    for (const line of hostileLines(pattern, flags)) {
      const tookMs = Math.min(cost(regex, line), cost(regex, line));
      if (tookMs > budgetMs)
        slow.push(`${filter}: ${Math.round(tookMs)} ms for ${line.slice(0, 60)}…: ${pattern}`);
    }
  }
  assert.deepEqual(slow, []);
});

/** Processor time in milliseconds; the machine may be busy with other tests. */
function cost(regex: CompiledRegex, line: string): number {
  const before = process.cpuUsage();
  try {
    regex.search(line);
  } catch {
    // Our own matcher has come to its bound of steps: its time counts.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Lines made of the attack on the rule, and of what it looks for itself, over and over. */
function hostileLines(pattern: string, flags: '' | 'm'): string[] {
  const { attack } = judgeBacktracking(parsePythonRegex(pattern, flags), { severalLines: flags === 'm' });
  const words = (pattern.match(/[A-Za-z][A-Za-z =:,'"]{2,}/g) ?? []).slice(0, 12);
  const start = /^\^([A-Za-z][\w :]*)/.exec(pattern)?.[1] ?? '';
  const pumps = [' ', 'a', '0', '"', '::', 'a=a ', ...words, words.join(' ')].filter((pump) => pump !== '');
  const lines = pumps.map(
    (pump) => start + pump.repeat(Math.ceil(hostileLength / pump.length)).slice(0, hostileLength),
  );
  if (attack === undefined) return lines;
  const pumpLength = attack.pumps.reduce((sum, { text }) => sum + text.length, 0);
  return [...lines, attackText(attack, Math.ceil(hostileLength / pumpLength))];
}

test('what is accepted names files that are there', () => {
  for (const entry of accepted.keys()) {
    assert.ok(existsSync(join(ownConfig, entry.split(' ')[0] ?? '')), entry);
  }
});
