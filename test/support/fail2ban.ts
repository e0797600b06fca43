import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { requireThat } from './tools.ts';

/** Where Debian's package puts the reference's program. */
export const fail2banLibrary = '/usr/lib/python3/dist-packages/fail2ban';

/** As requireTool, for the installed fail2ban with its sample logs. */
export function requireFail2ban(context: TestContext): boolean {
  const installed = existsSync(`${fail2banLibrary}/tests/files/logs`) && existsSync('/etc/fail2ban/filter.d');
  return requireThat(context, installed, "MISSING TOOL: Debian's fail2ban package is not installed");
}
