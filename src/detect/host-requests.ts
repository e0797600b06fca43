import type { Position } from '../source/index.ts';
import { type Answer, type Request, revivedError } from './protocol.ts';

type Numbered = Extract<Request, { readonly id: number }>;
type Unnumbered<Message> = Message extends Numbered ? Omit<Message, 'id'> : never;

interface Pending {
  readonly request: Numbered;
  readonly jail: string;
  /** How many workers were given it. */
  attempts: number;
  resolve(positions: readonly Position[]): void;
  reject(error: unknown): void;
}

/** A request at which so many workers died is refused. */
const mostAttempts = 2;

/** Requests to the worker that wait for their answer; a worker that dies hands them on to the next. */
export class HostRequests {
  readonly #post: (request: Request) => void;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(post: (request: Request) => void) {
    this.#post = post;
  }

  /** Resolves with the positions in the answer, rejects with the error in it. */
  send(message: Unnumbered<Numbered>, jail: string): Promise<readonly Position[]> {
    const id = this.#nextId;
    this.#nextId += 1;
    const request = { ...message, id } as Numbered;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { request, jail, attempts: 1, resolve, reject });
      this.#post(request);
    });
  }

  reply(answer: Extract<Answer, { readonly kind: 'reply' }>): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if (answer.error === undefined) pending.resolve(answer.positions ?? []);
    else pending.reject(revivedError(answer.error));
  }

  /** Whether something that concerns the jail was not answered yet. */
  isPending(jail: string): boolean {
    return [...this.#pending.values()].some((pending) => pending.jail === jail);
  }

  /** Whether the jail is only just being added. */
  isAdding(jail: string): boolean {
    return [...this.#pending.values()].some(
      (pending) => pending.jail === jail && pending.request.kind === 'add',
    );
  }

  /** A new worker: those that have cost too many already are refused. */
  begin(): void {
    for (const [id, pending] of this.#pending) {
      if (pending.attempts < mostAttempts) continue;
      this.#pending.delete(id);
      pending.reject(
        revivedError({ ...noPlace, message: 'the detection worker died of it', jail: pending.jail }),
      );
    }
  }

  /** Gives a new worker what the old one did not answer. */
  resend(): void {
    for (const pending of this.#pending.values()) {
      pending.attempts += 1;
      this.#post(pending.request);
    }
  }

  rejectAll(error: unknown): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

const noPlace = {
  code: undefined,
  file: undefined,
  line: undefined,
  index: undefined,
  jail: undefined,
  hint: undefined,
};
