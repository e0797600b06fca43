import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type OwnFile, ownRuntime } from './own-file.ts';

/** A helper that runs. */
export interface HelperProcess<Request> {
  /** One line of JSON to its standard input. */
  send(request: Request): void;
  /** While somebody waits for an answer the helper keeps our process alive, otherwise not. */
  setBusy(busy: boolean): void;
  /** Ends it; no event follows. */
  stop(): void;
}

/** A helper, with what its supervisor can see of it. */
export interface RunningHelper<Request> extends HelperProcess<Request> {
  /** What was sent and not fetched yet. */
  waitingBytes(): number;
}

/** What a helper tells. */
export interface HelperEvents<Message> {
  onMessage(message: Message): void;
  /** It is gone, once, and why; also if it could not be started. */
  onEnd(reason: string): void;
}

/** Which helper is started, and how it is heard. */
export interface HelperSpec<Message> {
  readonly code: OwnFile;
  /** Bound of its JavaScript memory. */
  readonly heapMiB: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** No line that it says is longer, in characters. */
  readonly longestMessage: number;
  /** Reads a line; undefined if it is none of its messages, which costs the helper its life. */
  parse(line: string): Message | undefined;
  /** For one that runs code of others. */
  readonly bounds?: HelperBounds;
}

/** What a helper may take of the machine; beyond that it is ended, and so is what it started. */
export interface HelperBounds {
  /** All its memory, also what is none of JavaScript's. */
  readonly residentMiB: number;
  /** Of a processor; ends one that runs in a circle while nobody is there any more to end it. */
  readonly cpuSec: number;
  /** What it may write to its standard error, in bytes. */
  readonly errorBytes: number;
}

const errorTextLength = 500;
const memoryLookMs = 100;

/**
 * Starts one of our own programs in a process apart: another Node that shares nothing with us but a pipe for lines of
 * JSON in each direction. It ends when we do, since its standard input does. Throws if there can be no process.
 */
export function startHelperProcess<Request, Message>(
  spec: HelperSpec<Message>,
  events: HelperEvents<Message>,
): RunningHelper<Request> {
  const [program = '', ...words] = commandLine(spec);
  const child = spawn(program, words, {
    cwd: '/',
    // A Ctrl-C in our terminal is not meant for it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...(process.env.PATH === undefined ? {} : { PATH: process.env.PATH }),
      ...spec.environment,
    },
  });
  return supervise(child, spec, events);
}

function commandLine<Message>({ heapMiB, code, bounds }: HelperSpec<Message>): string[] {
  const path = code.path();
  // The kernel's name of a file that was replaced leads nowhere when it is followed.
  const asNamed = path.startsWith('/proc/') ? ['--preserve-symlinks-main'] : [];
  const command = [ownRuntime(), ...nodeFlags(heapMiB), ...asNamed, path];
  if (bounds === undefined) return command;
  // A program cannot limit itself by Node's means, but it inherits the limits of the shell that it takes the place of.
  const limit = 'ulimit -c 0 && ulimit -t "$0" && exec "$@"';
  return ['/bin/sh', '-c', limit, String(bounds.cpuSec), ...command];
}

function nodeFlags(heapMiB: number): string[] {
  return [
    `--max-old-space-size=${heapMiB}`,
    '--max-semi-space-size=1',
    '--v8-pool-size=0',
    '--no-warnings',
    // Others who run as nobody may send it signals; this one would open a debugger.
    '--disable-sigusr1',
  ];
}

function supervise<Request, Message>(
  child: ChildProcess,
  spec: HelperSpec<Message>,
  events: HelperEvents<Message>,
): RunningHelper<Request> {
  const end = onceEnded(child, spec.bounds, events);
  if (spec.bounds !== undefined) watchMemory(child, spec.bounds.residentMiB, end);
  readLines(child, spec.longestMessage, (line) => {
    const message = line === undefined ? undefined : spec.parse(line);
    if (message !== undefined) events.onMessage(message);
    else end('it said something that is no answer');
  });
  const handles = [child.stdin, child.stdout, child.stderr] as (Socket | null)[];
  const setBusy = (busy: boolean): void => {
    for (const handle of [child, ...handles]) {
      if (busy) handle?.ref();
      else handle?.unref();
    }
  };
  setBusy(false);
  return {
    send: (request) => child.stdin?.write(`${asLine(request)}\n`),
    setBusy,
    waitingBytes: () => child.stdin?.writableLength ?? 0,
    stop: () => end(undefined),
  };
}

/** Node's readline ends a line at these as well, which JSON leaves as they are; log lines may have them. */
function asLine(request: unknown): string {
  return JSON.stringify(request).replace(/[\u2028\u2029]/g, (end) =>
    end === '\u2028' ? '\\u2028' : '\\u2029',
  );
}

/** Returns what ends the helper; `onEnd` is told once, and nothing without a reason. */
function onceEnded<Message>(
  child: ChildProcess,
  bounds: HelperBounds | undefined,
  events: HelperEvents<Message>,
): (reason: string | undefined) => void {
  let over = false;
  let errorText = '';
  let errorBytes = 0;
  const end = (reason: string | undefined): void => {
    if (over) return;
    over = true;
    if (bounds !== undefined) killGroup(child);
    child.kill('SIGKILL');
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    if (reason !== undefined) events.onEnd(reason);
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('latin1')).slice(-errorTextLength);
    errorBytes += chunk.length;
    if (bounds !== undefined && errorBytes > bounds.errorBytes) end('it wrote too much');
  });
  // Writing to one that is gone: the end follows.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined);
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => {
    const words = errorText.trim() === '' ? '' : `: ${errorText.trim()}`;
    end(signal === null ? `exit code ${code}${words}` : `killed with ${signal}`);
  });
  return end;
}

/** Ends a helper together with what it started: it leads a group of its own, being `detached`. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
}

/** Looks at the memory from outside, since a helper that has no time to look may be the one that takes it. */
function watchMemory(child: ChildProcess, mostMiB: number, end: (reason: string) => void): void {
  const timer = setInterval(() => {
    if (residentMiB(child.pid) > mostMiB) end(`it took more than ${mostMiB} MiB of memory`);
  }, memoryLookMs).unref();
  child.once('exit', () => clearInterval(timer));
  child.once('error', () => clearInterval(timer));
}

function residentMiB(pid: number | undefined): number {
  try {
    const kiB = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kiB ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Calls back with each line, and with undefined for one that is too long to be a message. */
function readLines(
  child: ChildProcess,
  longestMessage: number,
  onLine: (line: string | undefined) => void,
): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // Its supervisor has ended it at an earlier line of these: no event follows.
      if (child.stdout?.destroyed) return;
      onLine(line);
    }
    if (rest.length > longestMessage) onLine(undefined);
  });
}

/** The fields of a message: a line with a JSON object. Undefined for any other line. */
export function readMessage(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * For a helper that has just started: becomes nobody, without groups, where it is root. Returns what the kernel had
 * against it (inside of some containers it has), undefined when all is well.
 *
 * A helper starts as root where the daemon is root, since its own code may lie where nobody cannot read. What has
 * changed its user cannot be traced by others of that user either.
 */
export function becomeNobody(): string | undefined {
  const { setgroups, setgid, setuid, geteuid } = process;
  if (geteuid?.() !== 0 || setgroups === undefined || setgid === undefined || setuid === undefined)
    return undefined;
  const nobody = 65_534;
  try {
    setgroups([]);
    setgid(nobody);
    setuid(nobody);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  }
  return geteuid() === 0 ? 'no effect' : undefined;
}
