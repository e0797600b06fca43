// What further jails on a file cost, on lines that none of them matches: processor time of the whole server.
//
//   npm run bench -- jails-on-one-file [OPTION…]
import { existsSync, writeFileSync } from 'node:fs';
import { costOfLines } from './support/cost.ts';
import { type Bench, BenchServer, ratios, runScenario, type ServerKind } from './support/index.ts';

/** Filters of programs that write to syslog, each with rules of its own. None is for matches over several lines. */
const filters = (
  'sshd postfix dovecot exim proftpd pure-ftpd vsftpd courier-auth cyrus-imap dropbear named-refused asterisk webmin-auth ' +
  'wuftpd xinetd-fail sendmail-auth sendmail-reject stunnel solid-pop3d screensharingd'
).split(' ');
/** Such a one needs every line: its jail is tried on all of them. */
const manyLined = 'slapd';
const sizes: readonly number[] = [1, 5, 20];

await runScenario({
  name: 'jails-on-one-file',
  about:
    'a syslog in which no jail has anything to count: processor time by the number of jails that read it',
  async run(bench) {
    const lines = bench.lines(2_000_000);
    const lessLines = bench.lines(15_000);
    const log = bench.log('quiet', lines);
    const lessLog = bench.log('quiet', lessLines);
    const warder = sizes.map((): number[] => []);
    const reference = sizes.map((): number[] => []);
    const everyLine: number[] = [];
    await bench.rounds(async () => {
      for (const [index, jails] of sizes.entries()) {
        const names = filters.slice(0, jails);
        warder[index]!.push(await cost(bench, 'warder', names, log, lines));
        if (existsSync('/usr/bin/fail2ban-server')) {
          reference[index]!.push(await cost(bench, 'fail2ban', names, lessLog, lessLines));
        }
      }
      const names = [...filters.slice(0, 1), manyLined];
      everyLine.push(await cost(bench, 'warder', names, lessLog, lessLines));
    });
    const wanted = { atMost: 2 };
    show(bench, 'Warder', warder, lines);
    bench.add({
      what: 'Warder: 20 jails against 1',
      unit: 'times',
      values: ratios(warder[2]!, warder[0]!),
      wanted,
    });
    bench.add({
      what: 'Warder: 1 jail, and one whose matches span lines',
      unit: 'µs/line',
      values: everyLine,
      note: `${lessLines} lines`,
    });
    if (reference[0]!.length === 0) return;
    show(bench, 'fail2ban', reference, lessLines);
    bench.add({
      what: 'fail2ban: 20 jails against 1',
      unit: 'times',
      values: ratios(reference[2]!, reference[0]!),
    });
  },
});

function show(bench: Bench, whose: string, values: readonly number[][], lines: number): void {
  for (const [index, jails] of sizes.entries()) {
    const what = `${whose}: ${jails} ${jails === 1 ? 'jail' : 'jails'}`;
    bench.add({ what, unit: 'µs/line', values: values[index]!, note: `${lines} lines` });
  }
}

/** Microseconds of a processor for a line. */
async function cost(
  bench: Bench,
  kind: ServerKind,
  jails: readonly string[],
  log: string,
  lines: number,
): Promise<number> {
  const growing = bench.path(`growing-${kind}.log`);
  writeFileSync(growing, '');
  const plan = {
    jails: jails.map((name) => ({ name, filter: name, logPaths: [growing] })),
  };
  const server = await BenchServer.start(bench, kind, plan);
  const seconds = await costOfLines(server, log, growing);
  await server.stop();
  return (seconds / lines) * 1e6;
}
