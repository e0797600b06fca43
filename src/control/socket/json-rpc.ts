import { describeError, WarderError } from '../../base/index.ts';

/** Error numbers of JSON-RPC 2.0, section 5.1; those below -32000 are ours to give. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  commandFailed: -32000,
} as const;

export type RequestId = string | number | null;

/** A request that has the form of one. */
export interface RpcRequest {
  /** Undefined: nobody waits for the answer. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** The answer to one request, an object for JSON. */
export type RpcAnswer = Readonly<Record<string, unknown>>;

/** Reads a request. What has not the form of one is answered, with the id as far as there is one. */
export function readRequest(value: unknown): RpcRequest | RpcAnswer {
  if (!isRecord(value)) return rpcError(null, rpcCodes.invalidRequest, 'a request is a JSON object');
  const { id, jsonrpc, method, params } = value;
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return rpcError(null, rpcCodes.invalidRequest, 'the id must be a string or a number');
  }
  const known = id ?? null;
  if (jsonrpc !== '2.0') {
    return rpcError(known, rpcCodes.invalidRequest, 'the request must say "jsonrpc": "2.0"');
  }
  if (typeof method !== 'string') return rpcError(known, rpcCodes.invalidRequest, 'the method is missing');
  return { id, method, params };
}

export function isRequest(value: RpcRequest | RpcAnswer): value is RpcRequest {
  return !('jsonrpc' in value);
}

export function rpcResult(id: RequestId, result: unknown): RpcAnswer {
  return { jsonrpc: '2.0', id, result };
}

export function rpcError(
  id: RequestId,
  code: number,
  message: string,
  data?: Readonly<Record<string, string>>,
): RpcAnswer {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** A command that failed: our own code stands in `data`. */
export function rpcFailure(id: RequestId, error: unknown): RpcAnswer {
  if (!(error instanceof WarderError)) {
    return rpcError(id, rpcCodes.commandFailed, describeError(error), { code: 'INTERNAL' });
  }
  const { code, message, jail, hint } = error;
  const number = code === 'JSON_PARAMS' ? rpcCodes.invalidParams : rpcCodes.commandFailed;
  return rpcError(id, number, message, {
    code,
    ...(jail === undefined ? {} : { jail }),
    ...(hint === undefined ? {} : { hint }),
  });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
