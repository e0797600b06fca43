import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '../../src/base/index.ts';
import { MemoryTerminal, runRegex } from '../../src/cli/index.ts';
import { expandTags } from '../../src/detect/index.ts';

/** How a run of fail2ban-regex ended, and what it said. */
export interface RegexRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and when both programs run. */
export interface RegexPlace {
  readonly nowSec: number;
  readonly zone: string;
}

/** The moment that fail2ban's sample logs are written for, and their time zone. */
export const samplePlace: RegexPlace = {
  nowSec: Date.parse('2005-08-14T10:00:00Z') / 1000,
  zone: 'Europe/Zurich',
};

/** The installed fail2ban-regex, in one Python process, side by side with ours in this one. */
export class RegexOracle {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #place: RegexPlace;
  #tags: readonly (readonly [theirs: string, ours: string])[] | undefined;

  constructor(place: RegexPlace = samplePlace) {
    const script = fileURLToPath(new URL('./regex-oracle.py', import.meta.url));
    // Python's own warnings about old regexes are of no interest.
    this.#child = spawn('/usr/bin/python3', ['-W', 'ignore', script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LANG: 'C.UTF-8', COLUMNS: '80', TZ: place.zone },
    });
    this.#child.stderr.resume();
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#answers = this.#reader[Symbol.asyncIterator]();
    this.#place = place;
    process.env.TZ = place.zone;
    process.env.LANG = 'C.UTF-8';
  }

  /** The reference's run, in the form in which runs are compared. */
  async theirs(args: readonly string[]): Promise<RegexRun> {
    const run = await this.#ask<RegexRun>({ op: 'run', args });
    this.#tags ??= await this.#readTags();
    let { stdout } = run;
    for (const [theirs, ours] of this.#tags) {
      stdout = stdout.replaceAll(theirs, ours).replaceAll(quotePlus(theirs), quotePlus(ours));
    }
    return { ...run, stdout: comparable(stdout) };
  }

  /** Our run, in the same form. */
  async ours(args: readonly string[]): Promise<RegexRun> {
    const terminal = new MemoryTerminal();
    const code = await runRegex('fail2ban-regex', args, terminal, {
      clock: new ManualClock(this.#place.nowSec),
      resolve: async (name) => (name.length > 40 ? [] : [`203.0.113.${(name.length % 250) + 1}`]),
      names: {
        hostOf: async () => undefined,
        fullName: async () => 'full.example',
        shortName: () => 'short',
      },
      isWatched: false,
    });
    return { code, stdout: comparable(terminal.stdout), stderr: terminal.stderr };
  }

  /** The folder with the filters that the reference has for its own tests. */
  testConfig(): Promise<string> {
    return this.#ask({ op: 'test-config' });
  }

  close(): void {
    this.#reader.close();
    this.#child.stdin.end();
  }

  /** What tags for addresses stand for is a regex of each program's own; the longest ones hold the others. */
  async #readTags(): Promise<(readonly [string, string])[]> {
    const tags = await this.#ask<Record<string, string>>({ op: 'tags' });
    return Object.entries(tags)
      .map(([tag, theirs]) => [theirs, expandTags(`<${tag}>`, 'warn')] as const)
      .toSorted(([a], [b]) => b.length - a.length);
  }

  async #ask<T>(request: object): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify({ ...request, ...this.#place })}\n`);
    const next = await this.#answers.next();
    if (next.done === true) throw new Error('the oracle has ended');
    const answer = JSON.parse(next.value) as { ok: T; failed?: string };
    if (answer.failed !== undefined) throw new Error(`oracle: ${answer.failed}`);
    return answer.ok;
  }
}

/** The time that it took is not compared, nor is the order of a Python set, which changes from run to run. */
function comparable(text: string): string {
  const quoted = `'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"`;
  const set = new RegExp(`('users': )?\\{((?:${quoted})(?:, (?:${quoted}))*)\\}`, 'g');
  return text
    .replace(/^\[processed in .*\]$/gm, '[processed]')
    .replace(set, (_all, name: string | undefined, items: string) => {
      const sorted = [...items.matchAll(new RegExp(quoted, 'g'))].map(([item]) => item).sort();
      return `${name ?? ''}{${sorted.join(', ')}}`;
    });
}

function quotePlus(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
