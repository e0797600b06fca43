import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MemoryLogger } from '../../src/base/index.ts';
import { ControlServer, type ControlServerOptions, Dispatcher } from '../../src/control/index.ts';
import { FakeServer } from './fake-server.ts';

export interface ControlBench {
  readonly path: string;
  readonly server: FakeServer;
  readonly logger: MemoryLogger;
  readonly control: ControlServer;
}

/** A control socket in a folder of its own, with a server in memory behind it; both end with the test. */
export async function startControl(
  context: TestContext,
  options: Partial<ControlServerOptions> = {},
): Promise<ControlBench> {
  const folder = mkdtempSync(join(tmpdir(), 'warder-control-'));
  const server = new FakeServer();
  const logger = new MemoryLogger();
  const path = options.path ?? join(folder, 'run', 'fail2ban.sock');
  const control = new ControlServer({ path, dispatcher: new Dispatcher(server, logger), logger, ...options });
  await control.start();
  context.after(async () => {
    await control.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { path, server, logger, control };
}
