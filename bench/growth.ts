// How the cost grows: with rules, lines, attackers and bans, at three sizes each (for jails see jails-on-one-file), as processor
// time of the whole server. Ours against the installed fail2ban's, at smaller sizes where it is slow; what counts is how the
// figure changes from one size to the next.
//
//   npm run bench -- growth [rules|lines|attackers|bans]… [OPTION…]
import { existsSync, writeFileSync } from 'node:fs';
import type { LogKind, LogShape } from './data/logs.ts';
import { costOfLines } from './support/cost.ts';
import { expectedCounts } from './support/expected.ts';
import { type Bench, BenchServer, runScenario, type ServerKind } from './support/index.ts';

const stockRules = '/etc/fail2ban/filter.d/sshd.conf';
const hasReference = existsSync('/usr/bin/fail2ban-server') && existsSync(stockRules);
/** The reference is slower by about as much. */
const lessBy = 20;

const failuresPerBan = 5;

/** One of the things that grow, and what a size of it costs. */
interface Growth {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Of the reference, where it cannot have the same. */
  readonly lessSizes: readonly number[];
  readonly unit: string;
  measure(bench: Bench, kind: ServerKind, size: number): Promise<number>;
}

const growths: readonly Growth[] = [
  { name: 'rules', sizes: [10, 40, 160], lessSizes: [10, 40, 160], unit: 'µs/line', measure: costByRules },
  {
    name: 'lines',
    sizes: [60_000, 240_000, 960_000],
    lessSizes: [3000, 12_000, 48_000],
    unit: 'µs/line',
    measure: (bench, kind, size) =>
      costByLines(bench, kind, { kind: 'auth-attack', lines: bench.lines(size) }),
  },
  {
    name: 'attackers',
    sizes: [1000, 10_000, 100_000],
    lessSizes: [1000, 10_000],
    unit: 'µs/line',
    measure: (bench, kind, size) =>
      costByLines(bench, kind, {
        kind: 'many-attackers',
        lines: bench.lines(kind === 'warder' ? 300_000 : 300_000 / lessBy),
        attackers: size,
        maxRetry: 1_000_000,
      }),
  },
  {
    name: 'bans',
    sizes: [100, 1000, 10_000],
    lessSizes: [100, 1000],
    unit: 'µs/ban',
    measure: async (bench, kind, size) => {
      const load: Load = { kind: 'many-attackers', lines: failuresPerBan * size, attackers: size };
      return failuresPerBan * (await costByLines(bench, kind, load));
    },
  },
];

await runScenario({
  name: 'growth',
  about: 'what more rules, lines, attackers and bans cost',
  async run(bench) {
    const { words } = bench.options;
    for (const growth of growths) {
      if (words.length === 0 || words.includes(growth.name)) await grow(bench, growth);
    }
  },
});

async function grow(bench: Bench, { name, sizes, lessSizes, unit, measure }: Growth): Promise<void> {
  const warder = sizes.map((): number[] => []);
  const reference = lessSizes.map((): number[] => []);
  await bench.rounds(async (round) => {
    for (const [index, size] of sizes.entries()) {
      warder[index]!.push(await measure(bench, 'warder', size));
      const less = lessSizes[index];
      // Once is enough to see how it grows, and it takes its time.
      if (hasReference && round === 0 && less !== undefined) {
        reference[index]!.push(await measure(bench, 'fail2ban', less));
      }
    }
  });
  const { scale } = bench.options;
  const scaled = scale === 1 ? {} : { note: `logs of ${scale} times the size` };
  for (const [index, size] of sizes.entries()) {
    bench.add({ what: `${size} ${name}: Warder`, unit, values: warder[index]!, ...scaled });
  }
  for (const [index, size] of lessSizes.entries()) {
    if (!hasReference) continue;
    bench.add({ what: `${size} ${name}: fail2ban`, unit, values: reference[index]!, ...scaled });
  }
}

/** Microseconds of a processor for a line that none of so many rules of one filter matches. */
async function costByRules(bench: Bench, kind: ServerKind, rules: number): Promise<number> {
  const lines = bench.lines(kind === 'warder' ? 300_000 : 300_000 / lessBy);
  const growing = emptyLog(bench, kind);
  const texts = Array.from(
    { length: rules },
    (_, index) =>
      `^\\s*\\S+ program${index}(?:\\[\\d+\\])?: refused number ${index} from <HOST>(?: port \\d+)?$`,
  );
  const filters = { many: `[Definition]\nfailregex = ${texts.join('\n            ')}\n` };
  const jails = [{ name: 'many', filter: 'many', logPaths: [growing] }];
  const server = await BenchServer.start(bench, kind, { jails, filters });
  const seconds = await costOfLines(server, bench.log('quiet', lines), growing);
  await server.stop();
  return (seconds / lines) * 1e6;
}

interface Load extends Pick<LogShape, 'lines' | 'attackers'> {
  readonly kind: LogKind;
  /** More than anybody's failures keep everybody from being banned. */
  readonly maxRetry?: number;
}

/** Microseconds of a processor for a line, the counting and the banning included. */
async function costByLines(bench: Bench, kind: ServerKind, load: Load): Promise<number> {
  const shape = load.attackers === undefined ? {} : { attackers: load.attackers };
  const log = bench.log(load.kind, load.lines, shape);
  const rules = hasReference ? stockRules : `${bench.programs.root}/config/filter.d/sshd.conf`;
  const expected = expectedCounts(bench.programs, log, rules);
  const goal = load.maxRetry === undefined ? expected : { ...expected, banned: 0 };
  const growing = emptyLog(bench, kind);
  const options = load.maxRetry === undefined ? {} : { maxretry: String(load.maxRetry) };
  const jails = [{ name: 'sshd', filter: 'sshd', logPaths: [growing], options }];
  const server = await BenchServer.start(bench, kind, { jails });
  const seconds = await costOfLines(server, log, growing, new Map([['sshd', goal]]));
  await server.stop();
  return (seconds / load.lines) * 1e6;
}

function emptyLog(bench: Bench, kind: ServerKind): string {
  const path = bench.path(`growing-${kind}.log`);
  writeFileSync(path, '');
  return path;
}
