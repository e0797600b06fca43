import { dumpAndTest } from '../dump-config.ts';
import { failure, type Program, success } from '../program.ts';

/** `warder check`: fail2ban-client's `-t`. */
export async function check(program: Program): Promise<number> {
  const options = { ...program.options, test: true, dump: 'no' as const, words: [] };
  return (await dumpAndTest({ ...program, options })) ?? success;
}

/** `warder config dump`: fail2ban-client's `-d`, with `--pretty` its `--dp`. */
export async function dump(program: Program, what: string): Promise<number> {
  if (what !== 'dump') {
    program.log.error(`config knows 'dump' only, not ${JSON.stringify(what)}`);
    return failure;
  }
  const dumpAs = program.options.dump === 'pretty' ? ('pretty' as const) : ('lines' as const);
  return (await dumpAndTest({ ...program, options: { ...program.options, dump: dumpAs } })) ?? success;
}
