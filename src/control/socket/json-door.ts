import { describeError, type PythonValue, WarderError } from '../../base/index.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { jsonResult } from '../json-shape.ts';
import type { Door, Reply } from './door.ts';

/** Error numbers of JSON-RPC 2.0; a command that failed has -32000 and our code in `data`. */
const parseError = -32700;
const invalidRequest = -32600;
const methodNotFound = -32601;
const invalidParams = -32602;
const commandFailed = -32000;

const maxDepth = 60;

type RequestId = string | number | null;

/** JSON-RPC 2.0, one object a line. A request without an id is carried out without an answer. */
export class JsonDoor implements Door {
  readonly mark = '\n';
  readonly #dispatcher: Dispatcher;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  async handle(message: Buffer): Promise<Reply> {
    const text = message.toString('utf8').trim();
    if (text === '') return {};
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return { ...failure(null, parseError, 'the line is not JSON'), close: true };
    }
    return this.#handleRequest(request);
  }

  async #handleRequest(request: unknown): Promise<Reply> {
    if (!isRecord(request)) return failure(null, invalidRequest, 'a request is one JSON object on a line');
    const { id, method, params } = request;
    if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
      return failure(null, invalidRequest, 'the id must be a string or a number');
    }
    const wantsAnswer = id !== undefined;
    const answer = await this.#call(id ?? null, method, params);
    return wantsAnswer ? answer : {};
  }

  async #call(id: RequestId, method: unknown, params: unknown): Promise<Reply> {
    if (typeof method !== 'string') return failure(id, invalidRequest, 'the method is missing');
    if (method !== 'command')
      return failure(id, methodNotFound, `there is no method ${JSON.stringify(method)}`);
    let words: readonly PythonValue[];
    try {
      words = readWords(params);
    } catch (error) {
      return failure(id, invalidParams, describeError(error));
    }
    try {
      const value = await this.#dispatcher.execute(words);
      return send({ jsonrpc: '2.0', id, result: jsonResult(words, value) });
    } catch (error) {
      return commandError(id, error);
    }
  }
}

function readWords(params: unknown): readonly PythonValue[] {
  if (!Array.isArray(params) || params.length === 0) {
    throw new WarderError(
      'JSON_PARAMS',
      'params must be the words of the command, such as ["status", "sshd"]',
    );
  }
  return params.map((param) => toPython(param, 1));
}

/** A JSON value as Python would have it after `json.loads`. */
function toPython(value: unknown, depth: number): PythonValue {
  if (depth > maxDepth) throw new WarderError('JSON_PARAMS', `params nest deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => toPython(item, depth + 1));
  if (isRecord(value)) {
    return new Map(Object.entries(value).map(([key, item]) => [key, toPython(item, depth + 1)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

function commandError(id: RequestId, error: unknown): Reply {
  const known = error instanceof WarderError;
  return failure(id, commandFailed, known ? error.message : describeError(error), {
    code: known ? error.code : 'INTERNAL',
    ...(known && error.jail !== undefined ? { jail: error.jail } : {}),
    ...(known && error.hint !== undefined ? { hint: error.hint } : {}),
  });
}

function failure(
  id: RequestId,
  code: number,
  message: string,
  data?: Readonly<Record<string, string>>,
): Reply {
  return send({ jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } });
}

function send(message: unknown): Reply {
  return { bytes: Buffer.from(`${JSON.stringify(message)}\n`) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
