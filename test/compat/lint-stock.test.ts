import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ConfigSurvey, readConfiguration } from '../../src/config/index.ts';
import { expandTags } from '../../src/detect/index.ts';
import { type Finding, lint, lintableJails, UntouchedFiles } from '../../src/lint/index.ts';
import { attackText, compilePythonRegex } from '../../src/pyregex/index.ts';
import { ownConfig } from '../support/own-filter.ts';
import { requireThat } from '../support/tools.ts';

const stock = '/etc/fail2ban';
const hasStock = existsSync(`${stock}/filter.d/dovecot.conf`) && existsSync(`${stock}/jail.conf`);
const missing = 'MISSING: the configuration of the fail2ban package';
/** Rules of fail2ban 1.0.2 that a short line holds for ever. */
const exponential = [
  'apache-modsecurity',
  'assp',
  'courier-auth',
  'domino-smtp',
  'dovecot',
  'exim',
  'grafana',
  'slapd',
];

function filterOf({ file = '' }: Finding): string {
  return /\/([\w-]+)\.conf$/.exec(file)?.[1] ?? '';
}

test('the linter finds the rules of fail2ban that can be held for ever, and little else to complain of', (t) => {
  if (!requireThat(t, hasStock, missing)) return;
  const survey = new ConfigSurvey([stock]);
  const jails = lintableJails(readConfiguration({ layers: [stock], allowNoFiles: true }));
  const findings = lint(survey, { filters: survey.names('filter.d'), jails, options: true });
  const errors = findings.filter(({ severity }) => severity === 'error');
  assert.deepEqual([...new Set(errors.map(filterOf))].sort(), exponential);
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  t.diagnostic(`${errors.length} errors, ${warnings.length} warnings, ${findings.length} findings`);
  assert.ok(warnings.length < 60, 'few false alarms');
  for (const { file, line } of findings) assert.ok(file !== undefined && line !== undefined);
  const untouched = new UntouchedFiles([ownConfig, stock]);
  assert.ok(
    findings.every(({ file = '' }) => untouched.has(file)),
    'nobody has changed the stock files',
  );
  for (const error of errors) assert.ok(holds(survey, error), `${error.file}:${error.line}`);
});

/** Whether the attack makes the real engine take ever longer. */
function holds(survey: ConfigSurvey, { attack, filter = '', line }: Finding): boolean {
  const rule = survey.filter(filter).rules.find(({ origin }) => origin?.line === line);
  if (attack === undefined || rule === undefined) return false;
  const { maxLines = 1 } = survey.filter(filter).filter;
  const regex = compilePythonRegex(expandTags(rule.text, 'warn'), { flags: maxLines > 1 ? 'm' : '' });
  for (let pumps = 4; pumps < 64; pumps += 1) {
    const startMs = performance.now();
    try {
      regex.search(attackText(attack, pumps));
    } catch {
      return true;
    }
    if (performance.now() - startMs > 20) return attackText(attack, pumps).length < 1000;
  }
  return false;
}
