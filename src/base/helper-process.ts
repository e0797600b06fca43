import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** A helper that runs. */
export interface HelperProcess<Request> {
  /** One line of JSON to its standard input. */
  send(request: Request): void;
  /** While somebody waits for an answer the helper keeps our process alive, otherwise not. */
  setBusy(busy: boolean): void;
  /** Ends it; no event follows. */
  stop(): void;
}

/** What a helper tells. */
export interface HelperEvents<Message> {
  onMessage(message: Message): void;
  /** It is gone, once, and why; also if it could not be started. */
  onEnd(reason: string): void;
}

/** Which helper is started, and how it is heard. */
export interface HelperSpec<Message> {
  /** Its code. */
  readonly path: string;
  /** Bound of its JavaScript memory. */
  readonly heapMiB: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** No line that it says is longer, in characters. */
  readonly longestMessage: number;
  /** Reads a line; undefined if it is none of its messages, which costs the helper its life. */
  parse(line: string): Message | undefined;
}

const errorTextLength = 500;

/**
 * Starts one of our own programs in a process apart: another Node that shares nothing with us but a pipe for lines of
 * JSON in each direction. It ends when we do, since its standard input does. Throws if there can be no process.
 */
export function startHelperProcess<Request, Message>(
  spec: HelperSpec<Message>,
  events: HelperEvents<Message>,
): HelperProcess<Request> {
  const child = spawn(process.execPath, [...nodeFlags(spec.heapMiB), spec.path], {
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
): HelperProcess<Request> {
  const end = onceEnded(child, events);
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
    send: (request) => child.stdin?.write(`${JSON.stringify(request)}\n`),
    setBusy,
    stop: () => end(undefined),
  };
}

/** Returns what ends the helper; `onEnd` is told once, and nothing without a reason. */
function onceEnded<Message>(
  child: ChildProcess,
  events: HelperEvents<Message>,
): (reason: string | undefined) => void {
  let over = false;
  let errorText = '';
  const end = (reason: string | undefined): void => {
    if (over) return;
    over = true;
    child.kill('SIGKILL');
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    if (reason !== undefined) events.onEnd(reason);
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('latin1')).slice(-errorTextLength);
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
    for (const line of lines) onLine(line);
    if (rest.length > longestMessage) onLine(undefined);
  });
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
