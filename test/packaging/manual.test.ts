import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualPages } from '../../scripts/package-manual.ts';
import { actionOptionTexts, jailOptionTexts, serverOptionTexts } from '../../scripts/package-option-texts.ts';
import { warderCommands } from '../../src/cli/warder/commands.ts';
import {
  actionOptions,
  jailDefaults,
  jailOptions,
  laterJailOptions,
  serverOptions,
  threadOptions,
} from '../../src/config/index.ts';

const names = (options: readonly { readonly name: string }[]): string[] => options.map(({ name }) => name);

test('every option has its text in the manual, and there is no text of another', () => {
  const jail = new Set([...names(jailOptions), ...names(laterJailOptions), ...jailDefaults.keys()]);
  assert.deepEqual(Object.keys(jailOptionTexts).sort(), [...jail].sort());
  assert.deepEqual(Object.keys(actionOptionTexts).sort(), names(actionOptions).sort());
  assert.deepEqual(
    Object.keys(serverOptionTexts).sort(),
    [...names(serverOptions), ...names(threadOptions)].sort(),
  );
});

test('the pages tell of every command of warder and every option of a jail', () => {
  const pages = manualPages('1.2.3', 0);
  assert.deepEqual(
    [...pages.keys()],
    ['fail2ban-client.1', 'fail2ban-regex.1', 'fail2ban-server.1', 'jail.conf.5', 'warder.1'],
  );
  for (const { name } of warderCommands) assert.ok(pages.get('warder.1')?.includes(`\\fB${name}`), name);
  for (const { name } of jailOptions) assert.ok(pages.get('jail.conf.5')?.includes(`\\fB${name}\\fR`), name);
});
