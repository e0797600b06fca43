import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WarderError } from '../../base/index.ts';
import { eachLine } from './children.ts';
import type { DemoMachine } from './machine.ts';
import type { ActorAnswer, ActorRequest, Visit } from './protocol.ts';

/** Where a program of ours is: in its source, or beside the bundle that this is part of. */
function ownProgram(source: string, bundle: string, moduleUrl: string = import.meta.url): string {
  return fileURLToPath(new URL(moduleUrl.endsWith('.ts') ? source : bundle, moduleUrl));
}

/** The words that start `warder` and the actor. */
export const programs = {
  warder: () => [process.execPath, quiet, ownProgram('../warder.ts', './warder.js')] as const,
  actor: () => [process.execPath, quiet, ownProgram('./actor.ts', './demo-actor.js')] as const,
};

const quiet = '--disable-warning=ExperimentalWarning';

/** An actor in a machine, and what it is asked for. It ends with the machine. */
export class Actor {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: ActorAnswer | undefined) => void>();
  #nextId = 1;
  readonly #onNews: (answer: ActorAnswer) => void;

  /** `onNews` is told of what nobody asked for. */
  constructor(machine: DemoMachine, onNews: (answer: ActorAnswer) => void = () => undefined) {
    this.#onNews = onNews;
    const [command, ...args] = programs.actor();
    this.#child = machine.start(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    eachLine(this.#child.stdout, (line) => this.#take(JSON.parse(line) as ActorAnswer));
    this.#child.once('close', () => {
      this.#onNews({ kind: 'failed', reason: 'its process ended' });
      for (const settle of this.#waiting.values()) settle(undefined);
      this.#waiting.clear();
    });
  }

  /** Becomes a service that knows no password; the news tell whether it could. */
  serve(host: string, port: number): void {
    this.#say({ kind: 'serve', host, port });
  }

  async visit(order: VisitOrder): Promise<{ readonly outcome: Visit; readonly tookMs: number }> {
    const answer = await this.#ask((id) => ({ kind: 'visit', id, ...order }));
    if (answer?.kind === 'visited') return answer;
    throw new WarderError('DEMO_STAGE', 'the attacker of the demo ended before its time');
  }

  /** How many connections that were kept are still held. */
  async holding(): Promise<number> {
    const answer = await this.#ask((id) => ({ kind: 'holding', id }));
    return answer?.kind === 'holding' ? answer.open : 0;
  }

  release(): void {
    this.#say({ kind: 'release' });
  }

  #ask(make: (id: number) => ActorRequest): Promise<ActorAnswer | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve(undefined);
      else this.#say(make(id));
    });
  }

  #say(request: ActorRequest): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  #take(answer: ActorAnswer): void {
    if (!('id' in answer)) {
      this.#onNews(answer);
      return;
    }
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}

export type VisitOrder = Omit<Extract<ActorRequest, { kind: 'visit' }>, 'kind' | 'id'>;
