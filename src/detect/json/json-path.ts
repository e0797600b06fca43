import { WarderError } from '../../base/index.ts';

/** What JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Finds a value in an object, undefined where there is none. */
export type JsonPath = (value: JsonValue) => JsonValue | undefined;

const mostParts = 16;

/**
 * Compiles a path: names with dots between, a number for the place in a list (`request.headers.User-Agent.0`), and
 * alternatives separated by `|`, of which the first that is there and not null counts. A name may itself hold dots, as
 * flattened logs write them (`"source.ip": …`). Throws `DETECT_LOG_FORMAT` for a path with an empty name.
 */
export function compilePath(text: string): JsonPath {
  const alternatives = text.split('|').map((path) => {
    const names = path.trim().split('.');
    if (names.length > mostParts || names.some((name) => name === '')) {
      throw new WarderError('DETECT_LOG_FORMAT', `logformat: ${JSON.stringify(path)} is no field path`, {
        hint: `a path is one to ${mostParts} names with dots between, such as request.remote_ip`,
      });
    }
    return names;
  });
  return (value) => {
    for (const names of alternatives) {
      const found = follow(value, names, 0);
      if (found !== undefined && found !== null) return found;
    }
    return undefined;
  };
}

/** A name that holds the dots goes before the way through several objects. */
function follow(value: JsonValue, names: readonly string[], from: number): JsonValue | undefined {
  if (from === names.length) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (let to = names.length; to > from; to -= 1) {
    const child = own(value, names.slice(from, to).join('.'));
    const found = child === undefined ? undefined : follow(child, names, to);
    if (found !== undefined) return found;
  }
  return undefined;
}

function own(value: object, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? (value as Record<string, JsonValue>)[name] : undefined;
}
