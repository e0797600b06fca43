import { type ChildProcess, spawn } from 'node:child_process';
import { findExecutable, type RunningChild, startChild } from '../../base/index.ts';

/** How a tool ended. */
export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Its own words, short, or why it could not be started. */
  readonly error: string;
  readonly exitCode: number | undefined;
  readonly durationMs: number;
}

export interface ToolOptions {
  /** What it reads from its standard input. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs the tools of the firewall; a test gives one that runs them in a machine of its own. */
export interface Tools {
  /** Never rejects. Arguments go to the tool as they are; no shell reads them. */
  run(program: string, args: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  has(program: string): boolean;
  /** Starts a tool that tells of changes until it is stopped. */
  follow(program: string, args: readonly string[]): RunningChild;
}

const usualTimeoutMs = 30_000;
/** A list of a million bans is smaller. */
const mostOutputBytes = 256 * 1024 * 1024;
const mostErrorChars = 2000;

/** Tools of this machine, with this environment. */
export function machineTools(environment: Readonly<Record<string, string>>): Tools {
  // Messages are matched, so they must not be translated.
  const env = { ...environment, LC_ALL: 'C' };
  return {
    run: (program, args, options = {}) => runTool(program, args, env, options),
    has: (program) => findExecutable(program, environment.PATH) !== undefined,
    follow: (program, args) => startChild({ command: program, args, env: { LC_ALL: 'C' } }),
  };
}

function runTool(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: ToolOptions,
): Promise<ToolResult> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const end = (exitCode: number | undefined, stdout: string, error: string): void =>
      resolve({
        ok: exitCode === 0,
        stdout,
        error: shortened(error),
        exitCode,
        durationMs: performance.now() - startedMs,
      });
    const path = findExecutable(program, env.PATH);
    if (path === undefined) {
      end(undefined, '', `${program} is not installed`);
      return;
    }
    const child = spawn(path, [...args], { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'] });
    attend(child, program, options, end);
  });
}

function attend(
  child: ChildProcess,
  program: string,
  options: ToolOptions,
  end: (exitCode: number | undefined, stdout: string, error: string) => void,
): void {
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const timeoutMs = options.timeoutMs ?? usualTimeoutMs;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  child.on('error', (error) => {
    clearTimeout(timer);
    end(undefined, '', error.message);
  });
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    const why = late ? `${program} took longer than ${timeoutMs / 1000} seconds` : stderr();
    end(
      code ?? undefined,
      stdout(),
      why === '' && code !== 0 ? `${program} ended by ${signal ?? code}` : why,
    );
  });
  // A tool that refuses early closes its input; what it says is what counts.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
}

function collect(stream: ChildProcess['stdout']): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostOutputBytes) chunks.push(chunk);
  });
  stream?.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}

/** nft repeats the command in its messages, which may be as long as 50,000 addresses. */
function shortened(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^\^+/.test(line));
  return lines
    .map((line) => (line.length > 200 ? `${line.slice(0, 200)}…` : line))
    .slice(0, 5)
    .join(' / ')
    .slice(0, mostErrorChars);
}
