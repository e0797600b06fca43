import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WarderError } from '../../../src/base/index.ts';
import { readTrustedSource } from '../../../src/enforce/script-action/trusted-source.ts';
import { requireRoot } from '../../support/tools.ts';
import { rootFolder, writeModule } from './harness.ts';

const text = 'export function ban() {}\n';

function refusal(path: string): string {
  try {
    readTrustedSource(path, 'sshd');
  } catch (error) {
    if (error instanceof WarderError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'read';
}

test('a file that only root can write, in folders that only root can write, is read', (t) => {
  if (!requireRoot(t)) return;
  const path = writeModule(rootFolder(t), 'own.js', text);
  assert.equal(readTrustedSource(path, 'sshd'), text);
});

test('also where nobody else can read it', (t) => {
  if (!requireRoot(t)) return;
  const folder = rootFolder(t);
  const path = writeModule(folder, 'own.js', text);
  chmodSync(path, 0o600);
  chmodSync(folder, 0o700);
  assert.equal(readTrustedSource(path, 'sshd'), text);
});

test('a file that a group or everybody can write, or that is another user’s, is not', (t) => {
  if (!requireRoot(t)) return;
  const path = writeModule(rootFolder(t), 'own.js', text);
  for (const mode of [0o664, 0o646, 0o666]) {
    chmodSync(path, mode);
    const words = `${path} can be written by others than root (mode ${mode.toString(8)})`;
    assert.equal(refusal(path), `ACTION_SCRIPT_UNSAFE: the action's file is not run, since ${words}`);
  }
  chmodSync(path, 0o644);
  chownSync(path, 1234, 0);
  assert.match(refusal(path), /^ACTION_SCRIPT_UNSAFE: .* belongs to the user 1234$/);
  chownSync(path, 0, 1234);
  assert.equal(refusal(path), 'read');
});

test('neither is one below a folder that others can write or own, however far above', (t) => {
  if (!requireRoot(t)) return;
  const folder = rootFolder(t);
  const path = writeModule(folder, 'own.js', text);
  for (const above of [folder, join(folder, 'action.d')]) {
    for (const mode of [0o775, 0o757, 0o1777]) {
      chmodSync(above, mode);
      assert.match(refusal(path), /^ACTION_SCRIPT_UNSAFE: .* can be written by others than root/);
    }
    chmodSync(above, 0o755);
    chownSync(above, 1234, 0);
    assert.match(refusal(path), /^ACTION_SCRIPT_UNSAFE: .* belongs to the user 1234$/);
    chownSync(above, 0, 0);
  }
  assert.equal(refusal(path), 'read');
});

test('a link is followed where root alone could have made it and its target is as safe', (t) => {
  if (!requireRoot(t)) return;
  const folder = rootFolder(t);
  const real = writeModule(folder, 'real.js', text);
  const link = join(folder, 'action.d', 'link.js');
  symlinkSync('../action.d/./real.js', link);
  assert.equal(refusal(link), 'read');
  const folderLink = join(folder, 'linked.d');
  symlinkSync(join(folder, 'action.d'), folderLink);
  assert.equal(refusal(join(folderLink, 'link.js')), 'read');
  chmodSync(real, 0o666);
  assert.match(refusal(link), /^ACTION_SCRIPT_UNSAFE: .*real\.js can be written/);
});

test('a link that leads out of the safe folders, or through a folder of others, is not', (t) => {
  if (!requireRoot(t)) return;
  const folder = rootFolder(t);
  const outside = mkdtempSync(join(tmpdir(), 'warder-outside-'));
  t.after(() => rmSync(outside, { recursive: true, force: true }));
  writeFileSync(join(outside, 'own.js'), text);
  const link = join(folder, 'action.d', 'link.js');
  symlinkSync(join(outside, 'own.js'), link);
  assert.match(refusal(link), /^ACTION_SCRIPT_UNSAFE: .* can be written by others than root/);
  // Its target is safe, but whoever owns the folder between can have it lead elsewhere at any time.
  const safe = writeModule(folder, 'safe.js', text);
  const between = join(folder, 'between');
  mkdirSync(between);
  symlinkSync(safe, join(between, 'link.js'));
  chownSync(between, 1234, 0);
  const twice = join(folder, 'action.d', 'twice.js');
  symlinkSync(join(between, 'link.js'), twice);
  assert.match(refusal(twice), /^ACTION_SCRIPT_UNSAFE: .*between belongs to the user 1234$/);
});

test('what is missing, a folder, a circle of links, too large or no text says so', (t) => {
  if (!requireRoot(t)) return;
  const folder = rootFolder(t);
  const gone = join(folder, 'action.d', 'gone.js');
  assert.match(refusal(gone), /^ACTION_SCRIPT_FILE: .*ENOENT/);
  symlinkSync('gone.js', gone);
  assert.match(refusal(gone), /^ACTION_SCRIPT_FILE: .*ELOOP/);
  assert.match(refusal(folder), /^ACTION_SCRIPT_FILE: .*it is no file$/);
  const large = writeModule(folder, 'large.js', ' '.repeat(1024 * 1024 + 1));
  assert.match(refusal(large), /^ACTION_SCRIPT_FILE: .*larger than 1048576 bytes$/);
  const latin = join(folder, 'action.d', 'latin.js');
  writeFileSync(latin, Buffer.from([0x2f, 0x2f, 0xe4]));
  assert.match(refusal(latin), /^ACTION_SCRIPT_FILE: .*not UTF-8$/);
  renameSync(large, latin);
  assert.match(refusal(latin), /larger/);
});
