import { escapeControl, type Logger, PythonTuple, type PythonValue } from '../../base/index.ts';
import { AnswerPair, decodePickleInTurns, encodePickle } from '../pickle/index.ts';
import { pythonErrorOf } from '../python-errors.ts';
import type { CommandRunner, Door, Reply } from './door.ts';
import { closeMark, endMark } from './marks.ts';

/** fail2ban's own protocol: a pickled list in, a pickled tuple `(0, value)` or `(1, exception)` out. */
export class PickleDoor implements Door {
  readonly mark = endMark;
  readonly #runner: CommandRunner;
  readonly #logger: Logger;

  constructor(runner: CommandRunner, logger: Logger) {
    this.#runner = runner;
    this.#logger = logger;
  }

  async handle(message: Buffer): Promise<Reply> {
    if (message.equals(Buffer.from(closeMark))) return { close: true };
    let words: PythonValue;
    try {
      words = await decodePickleInTurns(message);
    } catch (error) {
      return this.#refuse(error instanceof Error ? error.message : String(error));
    }
    if (words instanceof PythonTuple) words = [...words.items];
    if (!Array.isArray(words)) return this.#refuse('The request is no list of words');
    try {
      return { bytes: seal(new AnswerPair(0, await this.#runner.execute(words))) };
    } catch (error) {
      return { bytes: seal(new AnswerPair(1, pythonErrorOf(error))) };
    }
  }

  /** fail2ban answers a request that it cannot read with a bare text; whoever sends such gets no second try. */
  #refuse(reason: string): Reply {
    this.#logger.log(
      'ERROR',
      'fail2ban.asyncserver',
      `PROTO-error: load message failed: ${escapeControl(reason)}`,
    );
    return { bytes: seal(`ERROR: ${reason}`), close: true };
  }
}

function seal(value: AnswerPair | string): Buffer {
  return Buffer.concat([encodePickle(value, endMark), Buffer.from(endMark)]);
}
