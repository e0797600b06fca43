import { WarderError } from '../base/index.ts';
import { resolveOption } from './interpolate.ts';
import { effective, filterOptions, jailDefaults } from './options.ts';
import type { ConfigStore } from './store.ts';
import type { EffectiveOption } from './types.ts';

/**
 * Every option of a jail as it is in force: those that are sent, those of its filter that it does not override, all
 * others of its section (`port`, `banaction`, …), and the defaults of jail.conf(5) for what nobody set.
 */
export function jailEffectiveOptions(
  store: ConfigStore,
  jail: string,
  own: ReadonlyMap<string, EffectiveOption>,
  filter: ReadonlyMap<string, EffectiveOption> | undefined,
): ReadonlyMap<string, EffectiveOption> {
  const options = new Map(own);
  for (const { name } of filterOptions) {
    const option = filter?.get(name);
    if (option !== undefined && !options.has(name)) options.set(name, option);
  }
  const written = [...(store.sections.get(jail)?.keys() ?? [])].filter((name) => !name.startsWith('known/'));
  for (const name of new Set([...jailDefaults.keys(), ...written])) {
    if (options.has(name)) continue;
    const option = resolveQuietly(store, jail, name);
    if (option !== undefined) options.set(name, option);
    else if (jailDefaults.has(name)) options.set(name, effective(name, jailDefaults.get(name)!));
  }
  return options;
}

/** An option that nothing depends on is shown as written where its references lead nowhere. */
function resolveQuietly(store: ConfigStore, jail: string, name: string): EffectiveOption | undefined {
  try {
    const found = resolveOption(store, jail, name);
    return found && effective(name, found.text, found.origin);
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    const raw = store.raw(jail, name);
    return raw && effective(name, raw.text, raw.origin);
  }
}
