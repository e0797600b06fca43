import { describeError } from '../../../base/index.ts';
import type { Change, Engine, Failure, SyncResult, Watching } from '../engine.ts';
import { NotServed, nameWord, type Parameters } from '../parameters.ts';
import { Wanted } from '../wanted.ts';
import { type FileMark, markOf, readDenyFile, writeDenyFile } from './deny-file.ts';
import { type DenyBlock, deniedIn, withDenied } from './deny-text.ts';

export interface HostsDenySettings extends DenyBlock {
  readonly file: string;
}

/** Reads the parameters. Throws `NotServed`. */
export function hostsDenySettings(parameters: Parameters): HostsDenySettings {
  const value = parameters.text('ip_value') ?? '<ip>';
  if (value !== '<ip>') throw new NotServed(`ip_value = ${value.slice(0, 100)} is more than an engine reads`);
  return {
    name: parameters.plain('name', nameWord, 'default'),
    daemonList: parameters.plain('daemon_list', /^[\w.,@ -]+$/, 'ALL'),
    file: parameters.plain('file', /^\/[\w./-]+$/, '/etc/hosts.deny'),
  };
}

/** Lines for TCP wrappers; every batch is one replacement of the file. */
export class HostsDenyEngine implements Engine {
  readonly hasTimeouts = false;
  readonly endsFlows = false;
  readonly watching: Watching;
  readonly #settings: HostsDenySettings;
  #mark: FileMark | undefined;
  #isMade = false;

  constructor(settings: HostsDenySettings) {
    this.#settings = settings;
    this.watching = {
      listens: false,
      concerns: () => false,
      glance: async (wanted) => this.#isChanged(wanted),
      alwaysGlance: true,
    };
  }

  async list(): Promise<readonly string[]> {
    try {
      return deniedIn(readDenyFile(this.#settings.file), this.#settings);
    } catch {
      return [];
    }
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const missing: string[] = [];
    const failure = this.#edit(wanted, missing);
    return { failure, missing: this.#isMade || failure !== undefined ? missing : [] };
  }

  async change(_change: Change, wanted: Wanted): Promise<Failure | undefined> {
    return this.#edit(wanted, []);
  }

  async flush(): Promise<Failure | undefined> {
    return this.#edit(new Wanted(), []);
  }

  async stop(): Promise<Failure | undefined> {
    const failure = this.#edit(new Wanted(), []);
    this.#isMade = false;
    return failure;
  }

  renewals(): readonly string[] {
    return [];
  }

  async explain(): Promise<string | undefined> {
    return undefined;
  }

  /** Reads and replaces in one go, so that no other jail's change comes between. */
  #edit(wanted: Wanted, missing: string[]): Failure | undefined {
    const { file } = this.#settings;
    try {
      const old = readDenyFile(file);
      const elements = wanted.elements();
      const present = new Set(deniedIn(old, this.#settings));
      const lost = [...elements.keys()].filter((address) => !present.has(address)).length;
      if (lost > 0) missing.push(`${lost} lines of ${file}`);
      const text = withDenied(old, this.#settings, elements.keys());
      if (text !== old) writeDenyFile(file, text);
      this.#mark = markOf(file);
      if (elements.size > 0) this.#isMade = true;
      return undefined;
    } catch (error) {
      return { error: describeError(error) };
    }
  }

  #isChanged(wanted: Wanted): boolean {
    const { file } = this.#settings;
    const mark = markOf(file);
    const isSame =
      mark?.inode === this.#mark?.inode &&
      mark?.sizeBytes === this.#mark?.sizeBytes &&
      mark?.changedMs === this.#mark?.changedMs;
    if (isSame) return false;
    try {
      const present = new Set(deniedIn(readDenyFile(file), this.#settings));
      this.#mark = mark;
      return [...wanted.elements().keys()].some((address) => !present.has(address));
    } catch {
      return true;
    }
  }
}
