import type { PythonFloat, PythonTuple, PythonValue } from '../../base/index.ts';

/**
 * An object of a Python class as an inert record: its class by name and the arguments it was made with. It is never
 * built, called or looked up; the encoder writes it, and the decoder makes it only where foreign classes are allowed.
 */
export class PythonObject {
  readonly module: string;
  readonly name: string;
  readonly args: readonly PythonValue[];

  constructor(module: string, name: string, args: readonly PythonValue[]) {
    this.module = module;
    this.name = name;
    this.args = args;
  }
}

/** A set that cannot change, and so may be a key. */
export class FrozenSet<T> extends Set<T> {}

/** Anything on the decoder's stack. */
export type PickleItem =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonFloat
  | PythonTuple
  | PickleItem[]
  | Map<PickleItem, PickleItem>
  | Set<PickleItem>
  | PythonObject
  | PythonClass;

/** A class that a foreign pickle names; only a place holder on the decoder's stack. */
export class PythonClass {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
}

/** Bounds of one pickle. */
export interface PickleLimits {
  /** Values made while decoding, memory included. */
  readonly maxValues: number;
  /** Nesting of containers. */
  readonly maxDepth: number;
  /** Characters and bytes of all texts, each counted as often as it is reached. */
  readonly maxText: number;
}

/** Room for the configuration of some thousand jails. */
export const defaultPickleLimits: PickleLimits = {
  maxValues: 1_000_000,
  maxDepth: 60,
  maxText: 64 * 1024 * 1024,
};
