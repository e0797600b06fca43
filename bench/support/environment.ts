import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release, totalmem } from 'node:os';

/** Where and of what figures were taken. They can be compared only with others of the same run. */
export interface Environment {
  readonly date: string;
  readonly commit: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  /** Of the last minute, before the run: others' work on the machine. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** `commit` is that of the programs that are measured. */
export function readEnvironment(commit: string): Environment {
  return {
    date: new Date().toISOString(),
    commit,
    processor: /^model name\s*: (.*)/m.exec(readText('/proc/cpuinfo'))?.[1] ?? process.arch,
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    load: loadavg()[0] ?? Number.NaN,
    versions: {
      node: process.version,
      fail2ban: firstLine('fail2ban-server', ['-V']),
      sshguard: firstLine('sshguard', ['-v']),
      python: firstLine('/usr/bin/python3', ['--version']),
      grep: firstLine('grep', ['--version']),
    },
  };
}

function firstLine(command: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return 'not installed';
  return `${stdout}${stderr}`.trim().split('\n')[0] ?? '';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
