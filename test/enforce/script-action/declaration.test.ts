import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type * as declared from '../../../docs/examples/warder-action.d.ts';
import {
  type ActionEvent,
  type BanEvent,
  type HookName,
  hookNames,
} from '../../../src/enforce/script-action/protocol.ts';
import { repositoryRoot } from '../../support/sources.ts';

/** Compiles only where both are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;

test('what is declared for those who write actions is what they are told', () => {
  const action: Same<
    { [K in keyof ActionEvent]: ActionEvent[K] },
    { [K in keyof declared.ActionEvent]: declared.ActionEvent[K] }
  > = true;
  const ban: Same<
    { [K in keyof BanEvent]: BanEvent[K] },
    { [K in keyof declared.BanEvent]: declared.BanEvent[K] }
  > = true;
  const hooks: Same<HookName, Exclude<keyof declared.WarderAction, 'norestored'>> = true;
  assert.deepEqual([action, ban, hooks], [true, true, true]);
  assert.equal(new Set(hookNames).size, 5);
});

test('the example keeps to the declaration', () => {
  const options = [
    '--noEmit',
    '--allowJs',
    '--checkJs',
    '--strict',
    '--skipLibCheck',
    '--allowImportingTsExtensions',
  ];
  const target = ['--target', 'esnext', '--module', 'nodenext', '--types', 'node', '--ignoreConfig'];
  const file = join(repositoryRoot, 'docs/examples/action.d/tell-list.js');
  const tsc = join(repositoryRoot, 'node_modules/.bin/tsc');
  const { stdout, stderr, status } = spawnSync(tsc, [...options, ...target, file], {
    encoding: 'utf8',
    cwd: repositoryRoot,
  });
  assert.deepEqual([stdout, stderr, status], ['', '', 0]);
});
