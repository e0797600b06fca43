import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MemoryTerminal, runWarder } from '../../src/cli/index.ts';
import type { WebReport } from '../../src/control/index.ts';
import { startControl } from '../support/control-bench.ts';

async function web(context: TestContext, report: WebReport, ...more: string[]) {
  const control = await startControl(context);
  control.server.webReport = report;
  const terminal = new MemoryTerminal();
  const code = await runWarder(['web', '-s', control.path, ...more], terminal);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

test('warder web prints a link with the token, which --json leaves out', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-web-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'a-token-of-the-tests-0123456789\n', { mode: 0o600 });
  const report = { state: 'listening', url: 'http://127.0.0.1:8327/', tokenFile } as const;
  const shown = await web(context, report);
  assert.equal(shown.stdout, 'http://127.0.0.1:8327/#token=a-token-of-the-tests-0123456789\n');
  assert.equal(shown.code, 0);
  assert.deepEqual(JSON.parse((await web(context, report, '--json')).stdout), report);
});

test('warder web says how to turn the page on, and why it is not served', async (context) => {
  const off = await web(context, { state: 'off' });
  assert.equal(off.code, 255);
  assert.match(off.stderr, /put "http = 127\.0\.0\.1:8327" into \[Definition\] of fail2ban\.local/);
  const failed = await web(context, { state: 'failed', problem: 'another program has that port' });
  assert.equal(failed.code, 255);
  assert.match(failed.stderr, /another program has that port/);
});
