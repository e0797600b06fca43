import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError } from '../../base/index.ts';
import { copyDatabase, type DatabaseFacts } from '../../state/index.ts';
import type { Finding } from './finding.ts';

const about = 'database';
const timeoutMs = 60_000;

/** Debian's own first: another one in the PATH does not know Debian's packages. */
const usualPythons = ['/usr/bin/python3', 'python3'] as const;

/** The installed fail2ban opens the copy as its server does, and counts the bans that it would restore. */
const openWithFail2ban = `
import json, sys
from fail2ban.version import version
from fail2ban.server.database import Fail2BanDb
db = Fail2BanDb(sys.argv[1])
bans = db.getCurrentBans(fromtime=float(sys.argv[2]))
db.close()
print(json.dumps({'version': version, 'inForce': len(bans)}))
`;

/** What the installed fail2ban made of the copy; undefined when none is installed. */
interface Answer {
  readonly version: string;
  readonly inForce: number;
}

/** Whether fail2ban could go on with the database as it is now. Looks at a copy; the file stays as it is. */
export async function checkDatabase(
  file: string,
  options: { readonly nowSec: number; readonly pythons?: readonly string[] },
): Promise<readonly Finding[]> {
  if (file.toLowerCase() === 'none' || file === ':memory:')
    return [
      { about, verdict: 'note', message: 'there is none (dbfile): bans in force end with a change back' },
    ];
  if (!existsSync(file))
    return [
      { about, verdict: 'note', file, message: 'it does not exist yet: fail2ban would begin a new one' },
    ];
  const folder = mkdtempSync(join(tmpdir(), 'warder-doctor-'));
  try {
    const copy = join(folder, 'copy.sqlite3');
    const facts = copyDatabase(file, copy, options.nowSec);
    return [await tryCopy(file, copy, facts, options)];
  } catch (error) {
    return [{ about, verdict: 'problem', file, message: describeError(error) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryCopy(
  file: string,
  copy: string,
  facts: DatabaseFacts,
  { nowSec, pythons = usualPythons }: { readonly nowSec: number; readonly pythons?: readonly string[] },
): Promise<Finding> {
  const held = `${facts.inForce} bans in force, ${facts.past} of the past and ${facts.positions} log positions`;
  const answer = await askFirst(pythons, [copy, String(nowSec)]);
  if (answer === undefined) {
    const message = `version ${facts.version} with ${held}; no fail2ban is installed to open a copy with, so only its tables were looked at`;
    return { about, verdict: 'good', file, message };
  }
  if (typeof answer === 'string') {
    return {
      about,
      verdict: 'problem',
      file,
      message: `the installed fail2ban cannot open a copy of it: ${answer}`,
    };
  }
  if (answer.inForce !== facts.inForce) {
    const message = `the installed fail2ban ${answer.version} sees ${answer.inForce} bans in force in place of ${facts.inForce}`;
    return { about, verdict: 'problem', file, message };
  }
  return {
    about,
    verdict: 'good',
    file,
    message: `fail2ban ${answer.version} opens a copy of it, and finds ${held}`,
  };
}

/** Of the interpreters the first that has fail2ban. */
async function askFirst(
  pythons: readonly string[],
  args: readonly string[],
): Promise<Answer | string | undefined> {
  for (const python of pythons) {
    const answer = await ask(python, args);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function ask(python: string, args: readonly string[]): Promise<Answer | string | undefined> {
  return new Promise((resolve) => {
    // Isolated: nothing of the folder or the environment that we are called in is run.
    execFile(
      python,
      ['-I', '-c', openWithFail2ban, ...args],
      { timeout: timeoutMs },
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer);
        else if (error.code === 'ENOENT' || /No module named '?fail2ban/.test(stderr)) resolve(undefined);
        else resolve(stderr.trim().split('\n').at(-1)?.slice(0, 300) || error.message.slice(0, 300));
      },
    );
  });
}
