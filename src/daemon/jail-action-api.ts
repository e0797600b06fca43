import type { PythonValue } from '../base/index.ts';
import { WarderError } from '../base/index.ts';
import type { ActionApi } from '../control/index.ts';
import type { JailPipeline } from './jail.ts';
import type { JailAction } from './jail-settings.ts';

/** One action as commands see it: its settings, and the running action behind them where there is one. */
export class JailActionApi implements ActionApi {
  readonly name: string;
  readonly #action: JailAction;
  readonly #pipeline: JailPipeline | undefined;

  constructor(action: JailAction, pipeline: JailPipeline | undefined) {
    this.name = action.name;
    this.#action = action;
    this.#pipeline = pipeline;
  }

  properties(): ReadonlyMap<string, PythonValue> {
    return this.#pipeline?.actionProperties(this.name) ?? this.#action.properties;
  }

  async setProperty(name: string, value: PythonValue): Promise<void> {
    this.#pipeline?.setActionProperty(this.name, name, value);
    this.#action.properties.set(name, value);
  }

  async call(method: string, args: Readonly<Record<string, unknown>>): Promise<PythonValue> {
    if (this.#pipeline !== undefined) return this.#pipeline.callAction(this.name, method, args);
    throw new WarderError('ACTION_NOT_STARTED', `the jail of action ${this.name} is not started`, {
      hint: 'start the jail first',
    });
  }
}
