import type { PythonTuple, PythonValue } from '../../base/index.ts';

/**
 * An object of a Python class as an inert record: its class by name and the arguments it was made with. It is never
 * built, called or looked up; the encoder writes it, and the decoder makes it only when asked to accept foreign classes.
 */
export class PythonObject {
  readonly module: string;
  readonly name: string;
  readonly args: readonly PickleValue[];

  constructor(module: string, name: string, args: readonly PickleValue[]) {
    this.module = module;
    this.name = name;
    this.args = args;
  }
}

/** What a pickle can hold for us: plain data, and inert objects where they are allowed. */
export type PickleValue = PythonValue | PythonObject | PythonTuple;
