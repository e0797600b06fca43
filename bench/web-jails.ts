// An access log of nginx with eight jails on it, as the server reads it: ours against the installed fail2ban's, which reads the
// file once for each jail.
//
//   npm run bench -- web-jails [OPTION…]
import { existsSync, writeFileSync } from 'node:fs';
import { appendLog, expectedCounts } from './support/expected.ts';
import {
  type Bench,
  BenchServer,
  type JailCounts,
  type JailPlan,
  ratios,
  runScenario,
  type ServerKind,
} from './support/index.ts';

/** Both servers have these filters installed; their rules are those of fail2ban. */
const installed = [
  'nginx-botsearch',
  'nginx-bad-request',
  'apache-badbots',
  'php-url-fopen',
  'apache-fakegooglebot',
];

/** Of the kind that administrators write themselves. */
const written: Readonly<Record<string, string>> = {
  'web-xmlrpc': filterText('^<HOST> - \\S+ \\[\\] "POST /xmlrpc\\.php[^"]*" \\d+ '),
  'web-secrets': filterText('^<HOST> - \\S+ \\[\\] "GET /\\.(?:env|git/)[^"]*" (?:403|404) '),
  'web-scanners': filterText(
    '^<HOST> - \\S+ \\[\\] "[^"]*" 404 \\d+ "[^"]*" "(?:zgrab|masscan|nikto)[^"]*"$',
  ),
};

await runScenario({
  name: 'web-jails',
  about: 'an nginx access log, a tenth of it scanners, in eight jails at once',
  async run(bench) {
    const ours = prepare(bench, bench.lines(300_000));
    const hasReference = existsSync('/usr/bin/fail2ban-server');
    const theirs = hasReference ? prepare(bench, bench.lines(15_000)) : undefined;
    const warder: number[] = [];
    const reference: number[] = [];
    await bench.rounds(async () => {
      warder.push(await follow(bench, 'warder', ours));
      if (theirs !== undefined) reference.push(await follow(bench, 'fail2ban', theirs));
    });
    bench.add({ what: 'Warder', unit: 'lines/s', values: warder, note: `${ours.lines} lines` });
    if (theirs === undefined) return;
    bench.add({ what: 'fail2ban', unit: 'lines/s', values: reference, note: `${theirs.lines} lines` });
    const values = ratios(warder, reference);
    bench.add({ what: 'against fail2ban', unit: 'times', values, wanted: { atLeast: 60 } });
  },
});

interface Load {
  readonly log: string;
  readonly lines: number;
  readonly goals: ReadonlyMap<string, JailCounts>;
}

function prepare(bench: Bench, lines: number): Load {
  const log = bench.log('nginx-access', lines);
  const goals = new Map<string, JailCounts>();
  for (const name of installed) {
    goals.set(name, expectedCounts(bench.programs, log, `/etc/fail2ban/filter.d/${name}.conf`));
  }
  for (const [name, text] of Object.entries(written)) {
    const path = bench.path(`${name}.conf`);
    writeFileSync(path, text);
    goals.set(name, expectedCounts(bench.programs, log, path));
  }
  return { log, lines, goals };
}

/** Lines a second, from the moment they are in the file until the last jail has counted its last. */
async function follow(bench: Bench, kind: ServerKind, load: Load): Promise<number> {
  const growing = bench.path(`growing-${kind}.log`);
  writeFileSync(growing, '');
  const jails: JailPlan[] = [...load.goals.keys()].map((name) => ({
    name,
    filter: name,
    logPaths: [growing],
  }));
  const server = await BenchServer.start(bench, kind, { jails, filters: written });
  const startedMs = performance.now();
  appendLog(load.log, growing);
  const ms = await server.untilCounted(load.goals, startedMs);
  await server.stop();
  return (load.lines / ms) * 1000;
}

function filterText(failRegex: string): string {
  return `[Definition]\nfailregex = ${failRegex}\ndatepattern = ^[^\\[]*\\[({DATE})\n`;
}
