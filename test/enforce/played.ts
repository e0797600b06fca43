import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { type Action, createShellAction, createShellRunner } from '../../src/enforce/index.ts';
import { figures, testNames } from './harness.ts';
import { actionSettings } from './shipped.ts';

/** An action whose firewall is played by programs that note how they are called. */
export interface Played {
  readonly action: Action;
  readonly logger: MemoryLogger;
  /** The calls since the last time. */
  take(): string[];
}

/** `tools`: programs by name, with what they do besides. */
export function played(context: TestContext, text: string, tools: Readonly<Record<string, string>>): Played {
  const folder = mkdtempSync(join(tmpdir(), 'warder-firewall-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const calls = join(folder, 'calls');
  for (const [name, rest] of Object.entries(tools)) {
    const script = `#!/bin/sh\n{ printf %s ${name}; for a in "$@"; do printf ' %s' "$a"; done; echo; } >>${calls}\n${rest}\n`;
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  const logger = new MemoryLogger();
  const settings = actionSettings(text);
  const inFolder = Array.from(
    settings.properties,
    ([name, value]) =>
      [
        name,
        typeof value === 'string'
          ? value.replaceAll(/\/(?:usr\/libexec|sbin)\/(?=[a-z]+\b)/g, `${folder}/`)
          : value,
      ] as const,
  );
  const action = createShellAction(
    { ...settings, properties: new Map(inFolder) },
    {
      jail: 'x',
      runner: createShellRunner({ logger, environment: { PATH: `${folder}:/usr/sbin:/usr/bin:/bin` } }),
      logger,
      clock: new ManualClock(),
      names: testNames,
      figures,
      history: undefined,
      allowIpv6: () => true,
      rank: () => 0,
    },
  );
  return {
    action,
    logger,
    take() {
      const text = existsSync(calls) ? readFileSync(calls, 'utf8') : '';
      rmSync(calls, { force: true });
      return text.split('\n').filter(Boolean);
    },
  };
}
