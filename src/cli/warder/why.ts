import type { WhyReport } from '../../control/index.ts';
import { jsonResult } from '../../control/index.ts';
import { openSession } from '../client.ts';
import { failure, type Program, success } from '../program.ts';
import { ask, perform, reportUnreachable } from '../session.ts';
import type { GivenOptions } from './commands.ts';
import { whyText } from './why-text.ts';

/** `warder why ID [--jail JAIL]`: the whole story of an address, a network or another id. */
export async function showWhy(
  program: Program,
  words: readonly string[],
  given: GivenOptions,
): Promise<number> {
  const session = await openSession(program);
  const request = ['why', ...words];
  try {
    const answer = await ask(session.socketPath, request);
    if (!answer.ok) return (await perform(session, request)) ? success : failure;
    const report = inJail(jsonResult(request, answer.value) as unknown as WhyReport, given.get('jail'));
    if (report === undefined) {
      program.log.error(
        `there is no running jail ${JSON.stringify(given.get('jail'))}; 'warder status' lists them`,
      );
      return failure;
    }
    const { terminal } = program;
    if (session.json) terminal.out(`${JSON.stringify(report, null, terminal.isTerminal ? 2 : undefined)}\n`);
    else {
      const style = { colours: terminal.isTerminal, verbose: program.options.verbosity > 1 };
      terminal.out(whyText(report, style));
    }
    return success;
  } catch (error) {
    await reportUnreachable(session, error, false);
    return failure;
  }
}

/** The report about one jail only; undefined where it does not run. */
function inJail(report: WhyReport, name: string | undefined): WhyReport | undefined {
  if (name === undefined) return report;
  const of = (entry: { readonly jail: string }): boolean => entry.jail === name;
  if (!report.jails.some(of)) return undefined;
  return {
    ...report,
    bannedBy: report.bannedBy.filter((jail) => jail === name),
    jails: report.jails.filter(of),
    history: report.history.filter(of),
  };
}
