import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { actionSettings, shippedConfig } from '../enforce/shipped.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { repositoryFiles } from '../support/sources.ts';

const reference = '/etc/fail2ban';

/** Actions that we do not ship; docs/differences.md says why, too. */
const leftOut = ['mynetwatchman'];

/** Parameters that ours has no use for: how hostsdeny writes an address is decided by the address. */
const otherParameters: Readonly<Record<string, readonly string[]>> = { hostsdeny: ['ip_value'] };

function namesIn(folder: string): string[] {
  return readdirSync(join(folder, 'action.d'))
    .filter((name) => /\.(?:conf|py)$/.test(name))
    .map((name) => name.replace(/\.(?:conf|py)$/, ''));
}

/** Names of the parameters that an action has in `[Init]`, those of the files that it includes among them. */
function parametersOf(action: string, folder: string): string[] {
  const { properties } = actionSettings(`${action}[name=x]`, {}, [folder]);
  const names = Array.from(properties.keys(), (name) => name.replace(/\?.*$/, ''));
  return [...new Set(names)].filter((name) => !/^(?:action\w+|norestored|name|actname)$/.test(name)).sort();
}

test('every action of the reference is there under its name, or left out for a reason that is told', (t) => {
  if (!requireFail2ban(t)) return;
  const ours = new Set(namesIn(shippedConfig));
  assert.deepEqual(
    namesIn(reference).filter((name) => !ours.has(name)),
    leftOut,
  );
  const differences = repositoryFiles('docs/differences.md')[0]?.text ?? '';
  for (const name of leftOut) assert.ok(differences.includes(`\`${name}\``), name);
});

test('every parameter of the reference’s actions is one of ours', (t) => {
  if (!requireFail2ban(t)) return;
  const missing: string[] = [];
  let compared = 0;
  t.diagnostic('action                               theirs  ours  missing');
  for (const name of namesIn(reference)) {
    if (leftOut.includes(name) || name.endsWith('-common') || name === 'smtp') continue;
    const theirs = parametersOf(name, reference);
    const ours = parametersOf(name, shippedConfig);
    const lost = theirs.filter((each) => !ours.includes(each) && !otherParameters[name]?.includes(each));
    compared += theirs.length;
    t.diagnostic(
      `${name.padEnd(36)} ${String(theirs.length).padStart(6)} ${String(ours.length).padStart(5)}  ${lost.join(' ')}`,
    );
    missing.push(...lost.map((each) => `${name}: ${each}`));
  }
  assert.deepEqual(missing, []);
  assert.ok(compared > 150, `${compared} parameters`);
});

test('the parameters of smtp.py are those of smtp', () => {
  const ours = parametersOf('smtp', shippedConfig);
  for (const name of ['host', 'user', 'password', 'ssl', 'sendername', 'sender', 'dest', 'matches']) {
    assert.ok(ours.includes(name), name);
  }
});
