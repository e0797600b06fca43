import { type Clock, WarderError } from '../../base/index.ts';
import type { EventHub } from '../events/hub.ts';
import { Subscription } from '../events/subscription.ts';
import { jsonResult } from '../json-shape.ts';
import type { CommandRunner, Door, DoorPort, Reply } from './door.ts';
import { readFilter, readWords, short } from './json-params.ts';
import {
  isRequest,
  type RequestId,
  type RpcAnswer,
  type RpcRequest,
  readRequest,
  rpcCodes,
  rpcError,
  rpcFailure,
  rpcResult,
} from './json-rpc.ts';

/** JSON is parsed in one go; a longer line would keep everybody waiting. */
const maxMessageBytes = 4 * 1024 * 1024;
const maxBatch = 1000;
/** Answers of one batch, which are sent as one line. */
const maxBatchAnswer = 64 * 1024 * 1024;

export interface JsonDoorParts {
  readonly runner: CommandRunner;
  readonly events: EventHub;
  readonly port: DoorPort;
  readonly clock: Clock;
  readonly maxSubscribers: number;
}

/** JSON-RPC 2.0, one request or one batch a line. A request without an id is carried out without an answer. */
export class JsonDoor implements Door {
  readonly mark = '\n';
  readonly maxMessageBytes = maxMessageBytes;
  readonly #parts: JsonDoorParts;
  readonly #subscription: Subscription;

  constructor(parts: JsonDoorParts) {
    this.#parts = parts;
    this.#subscription = new Subscription(parts.events, parts.port, parts.clock);
  }

  get isStreaming(): boolean {
    return this.#subscription.isActive;
  }

  async handle(message: Buffer): Promise<Reply> {
    const text = message.toString('utf8').trim();
    if (text === '') return {};
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return { ...reply(rpcError(null, rpcCodes.parseError, 'the line is not JSON')), close: true };
    }
    if (Array.isArray(request)) return this.#handleBatch(request);
    const answer = await this.#handleOne(request);
    return answer === undefined ? {} : reply(answer);
  }

  clientDone(): void {
    if (this.isStreaming) this.#subscription.probe();
  }

  end(reason: string): void {
    this.#subscription.stop(reason);
  }

  abandon(): void {
    this.#subscription.abandon();
  }

  async #handleBatch(requests: readonly unknown[]): Promise<Reply> {
    if (requests.length === 0 || requests.length > maxBatch) {
      return reply(rpcError(null, rpcCodes.invalidRequest, `a batch has 1 to ${maxBatch} requests`));
    }
    const answers: string[] = [];
    let size = 0;
    for (const request of requests) {
      const answer = await this.#handleOne(request);
      if (answer === undefined) continue;
      let text = JSON.stringify(answer);
      size += text.length;
      if (size > maxBatchAnswer) text = JSON.stringify(tooLong(answer));
      answers.push(text);
    }
    return answers.length === 0 ? {} : { bytes: Buffer.from(`[${answers.join(',')}]\n`) };
  }

  async #handleOne(value: unknown): Promise<RpcAnswer | undefined> {
    const request = readRequest(value);
    if (!isRequest(request)) return request;
    const answer = await this.#call(request.id ?? null, request);
    return request.id === undefined ? undefined : answer;
  }

  async #call(id: RequestId, { method, params }: RpcRequest): Promise<RpcAnswer> {
    try {
      if (method === 'subscribe') return rpcResult(id, this.#subscribe(params));
      if (method === 'unsubscribe') return rpcResult(id, this.#unsubscribe());
      const words = readWords(method, params);
      if (words === undefined) {
        return rpcError(id, rpcCodes.methodNotFound, `there is no method ${short(method)}`);
      }
      return rpcResult(id, jsonResult(words, await this.#parts.runner.execute(words)));
    } catch (error) {
      return rpcFailure(id, error);
    }
  }

  /** Answers with the filter in force, so that a client sees what it will hear. */
  #subscribe(params: unknown): RpcAnswer {
    const { events, maxSubscribers } = this.#parts;
    const filter = readFilter(params);
    if (!this.isStreaming && events.listenerCount >= maxSubscribers) {
      throw new WarderError('SUBSCRIBERS_FULL', `${maxSubscribers} clients listen already`, {
        hint: 'end one of them',
      });
    }
    this.#subscription.start(filter);
    return { jails: filter.jails ?? null, types: filter.types ?? null };
  }

  #unsubscribe(): boolean {
    const was = this.isStreaming;
    this.#subscription.stop();
    return was;
  }
}

function tooLong(answer: RpcAnswer): RpcAnswer {
  const error = new WarderError('JSON_BATCH', 'the answers of the batch are too long together', {
    hint: 'ask one after the other',
  });
  return rpcFailure((answer.id ?? null) as RequestId, error);
}

function reply(answer: RpcAnswer): Reply {
  return { bytes: Buffer.from(`${JSON.stringify(answer)}\n`) };
}
