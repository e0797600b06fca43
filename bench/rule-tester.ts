// The rule tester on auth.log: ours against the installed fail2ban-regex with the same rules, sshguard's parser, and as the
// floor a plain search for one word.
//
//   npm run bench -- rule-tester [OPTION…]
import { existsSync } from 'node:fs';
import { findTool } from '../test/support/tools.ts';
import type { LogKind } from './data/logs.ts';
import { type Bench, ratios, runCommand, runScenario } from './support/index.ts';

const stockRules = '/etc/fail2ban/filter.d/sshd.conf';
const sshguardParser = '/usr/libexec/sshguard/sshg-parser';

await runScenario({
  name: 'rule-tester',
  about: 'auth.log through fail2ban-regex, from the start of the program to its end',
  async run(bench) {
    await compare(bench, 'auth-attack', 'half attack', 1_000_000, 30);
    await compare(bench, 'auth-benign', '2 % attack', 3_000_000, 100);
  },
});

/** Logs are so long that the start of the program hardly counts. */
async function compare(
  bench: Bench,
  kind: LogKind,
  named: string,
  most: number,
  wantedRatio: number,
): Promise<void> {
  const lines = bench.lines(most);
  const lessLines = bench.lines(80_000);
  const log = bench.log(kind, lines);
  // The mixture is even: the beginning is as any other part. Written anew, its dates reach up to now as well.
  const lessLog = bench.log(kind, lessLines);
  const own: number[] = [];
  const same: number[] = [];
  const reference: number[] = [];
  const sshguard: number[] = [];
  const search: number[] = [];
  const hasReference = existsSync(stockRules) && findTool('fail2ban-regex') !== undefined;
  const ownRules = `${bench.programs.root}/config/filter.d/sshd.conf`;
  const ours = bench.programs.path('fail2ban-regex');
  await bench.rounds(async () => {
    own.push(perSecond(lines, runCommand(ours, [log, ownRules]).ms));
    if (hasReference) {
      same.push(perSecond(lines, runCommand(ours, [log, stockRules]).ms));
      const theirs = runCommand('/usr/bin/python3', ['/usr/bin/fail2ban-regex', lessLog, stockRules]);
      reference.push(perSecond(lessLines, theirs.ms));
      assertSame(theirs.stdout, runCommand(ours, [lessLog, stockRules]).stdout);
    }
    if (existsSync(sshguardParser)) {
      sshguard.push(perSecond(lines, runCommand(sshguardParser, [], { input: log, keep: false }).ms));
    }
    search.push(perSecond(lines, runCommand('grep', ['-c', 'Failed', log]).ms));
  });
  const unit = 'lines/s';
  const note = `${lines} lines`;
  bench.add({ what: `${named}: Warder, its own rules`, unit, values: own, note });
  if (hasReference) {
    bench.add({ what: `${named}: Warder, fail2ban's rules`, unit, values: same, note });
    bench.add({ what: `${named}: fail2ban, its rules`, unit, values: reference, note: `${lessLines} lines` });
  }
  if (sshguard.length > 0)
    bench.add({ what: `${named}: sshguard's parser`, unit, values: sshguard, note: 'knows no findtime' });
  bench.add({ what: `${named}: grep -c Failed`, unit, values: search, note: 'the floor' });
  if (!hasReference) return;
  const wanted = { atLeast: wantedRatio };
  bench.add({
    what: `${named}: same rules, against fail2ban`,
    unit: 'times',
    values: ratios(same, reference),
    wanted,
  });
  bench.add({
    what: `${named}: own rules, against fail2ban`,
    unit: 'times',
    values: ratios(own, reference),
    wanted,
  });
}

/** Speed counts for nothing when what is found differs. */
function assertSame(theirs: string, ours: string): void {
  const counts = (report: string): string => /^Lines: .* missed/m.exec(report)?.[0] ?? report;
  if (counts(theirs) !== counts(ours)) throw new Error(`${counts(theirs)} there, ${counts(ours)} here`);
}

function perSecond(lines: number, ms: number): number {
  return (lines / ms) * 1000;
}
