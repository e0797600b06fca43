import { WarderError } from '../../base/index.ts';
import type { WebRequest } from '../protocol.ts';
import type { Question } from '../questions.ts';

type Answer = Extract<WebRequest, { kind: 'answer' | 'refusal' }>;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The daemon answers within this, or is said not to. */
const answerMs = 10_000;
/** Fewer than the daemon takes at once. */
const mostWaiting = 24;

/** The daemon's own answer to a question that it does not answer. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Asks the daemon over the pipe. */
export class Asker {
  readonly #say: (message: { kind: 'ask'; id: number; question: Question }) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(say: (message: { kind: 'ask'; id: number; question: Question }) => void) {
    this.#say = say;
  }

  /** Resolves to the answer; rejects with the daemon's own error, `WEB_BUSY`, or `WEB_NO_ANSWER`. */
  ask(question: Question): Promise<unknown> {
    if (this.#waiting.size >= mostWaiting) {
      return Promise.reject(new WarderError('WEB_BUSY', 'too many questions at once'));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new WarderError('WEB_NO_ANSWER', 'the daemon does not answer'));
      }, answerMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#say({ kind: 'ask', id, question });
    });
  }

  hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if (answer.kind === 'answer') waiting.resolve(answer.result);
    else waiting.reject(new Refusal(answer.code, answer.message));
  }
}
