import { MemoryLogger, type PythonValue, pythonRepr } from '../../src/base/index.ts';
import { Dispatcher, pythonErrorOf } from '../../src/control/index.ts';
import { FakeServer } from './fake-server.ts';

/** A dispatcher over a server in memory. `run` gives the answer, or the exception, as Python shows it. */
export interface Bench {
  readonly server: FakeServer;
  readonly logger: MemoryLogger;
  readonly dispatcher: Dispatcher;
  run(...words: PythonValue[]): Promise<string>;
}

export function bench(): Bench {
  const server = new FakeServer();
  const logger = new MemoryLogger();
  const dispatcher = new Dispatcher(server, logger);
  return {
    server,
    logger,
    dispatcher,
    async run(...words) {
      try {
        return pythonRepr(await dispatcher.execute(words));
      } catch (error) {
        const { name, args } = pythonErrorOf(error);
        return `${name}(${args.map(pythonRepr).join(', ')})`;
      }
    },
  };
}

/** The same with a jail `sshd`. */
export async function jailBench(): Promise<Bench> {
  const made = bench();
  await made.run('add', 'sshd', 'auto');
  await made.run('start', 'sshd');
  return made;
}
