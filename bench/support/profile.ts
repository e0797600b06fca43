import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What node's `--cpu-prof` writes, as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Time that was spent in a function itself, without what it called. */
export interface SelfTime {
  readonly name: string;
  readonly ms: number;
}

const waiting: ReadonlySet<string> = new Set(['(idle)', '(program)', '(root)']);

/** What makes node leave a profile of each thread in a folder when it ends. */
export function profilingEnvironment(folder: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
}

/** Of each thread that left a profile, the busiest first: its functions, the most expensive first. Idle time is left out. */
export function readProfiles(folder: string): readonly (readonly SelfTime[])[] {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => selfTimes(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile));
  return profiles.sort((one, other) => totalMs(other) - totalMs(one));
}

export function totalMs(times: readonly SelfTime[]): number {
  return times.reduce((sum, { ms }) => sum + ms, 0);
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): readonly SelfTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, node] of samples.entries()) {
    const name = names.get(node) ?? '';
    if (!waiting.has(name)) times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return [...times].map(([name, ms]) => ({ name, ms })).sort((one, other) => other.ms - one.ms);
}

/** A compiled regex has its source for a name: the same as for all others. */
function nameOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  if (functionName.startsWith('RegExp: ')) return 'regular expressions of rules';
  const file = url.startsWith('node:') ? url : basename(url).replace(/-[A-Z0-9]{8}(?=\.js$)/, '');
  return file === '' || functionName.startsWith('(')
    ? functionName
    : `${functionName || 'anonymous'} (${file})`;
}
