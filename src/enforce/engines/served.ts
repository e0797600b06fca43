import { describeError, pythonStr } from '../../base/index.ts';
import type { Action } from '../action.ts';
import { ActionProperties } from '../action-properties.ts';
import { dryRunEngine } from '../dry-run-action.ts';
import type { ActionSettings } from '../types.ts';
import type { Engine } from './engine.ts';
import { RichRulesEngine } from './firewalld/rich-rules-engine.ts';
import { firewalldSettings, richSettings } from './firewalld/settings.ts';
import { HostsDenyEngine, hostsDenySettings } from './hostsdeny/hostsdeny-engine.ts';
import { IpsetEngine, ipsetSettings } from './ipset/ipset-engine.ts';
import { IptablesEngine } from './iptables/iptables-engine.ts';
import { iptablesSettings } from './iptables/settings.ts';
import { NftablesEngine } from './nftables/nftables-engine.ts';
import { nftSettings } from './nftables/settings.ts';
import { Parameters } from './parameters.ts';
import { RouteEngine, routeSettings } from './route/route-engine.ts';
import type { EngineServices } from './services.ts';
import { ufwSettings } from './ufw/settings.ts';
import { UfwEngine } from './ufw/ufw-engine.ts';

type Create = (parameters: Parameters, services: EngineServices, jail: string) => Engine;

/** The engines by the name that action files give in `engine`. */
const engines: ReadonlyMap<string, Create> = new Map<string, Create>([
  [
    'nftables',
    (parameters, services, jail) =>
      new NftablesEngine({ ...services, jail, settings: nftSettings(parameters) }),
  ],
  [
    'iptables',
    (parameters, services, jail) =>
      new IptablesEngine({ ...services, jail, settings: iptablesSettings(parameters) }),
  ],
  [
    'ipset',
    (parameters, services, jail) =>
      new IpsetEngine({
        ...services,
        jail,
        settings: iptablesSettings(parameters),
        sets: ipsetSettings(parameters),
      }),
  ],
  ['hostsdeny', (parameters) => new HostsDenyEngine(hostsDenySettings(parameters))],
  ['firewalld', firewalldChain('ports')],
  ['firewalld-allports', firewalldChain('all')],
  [
    'firewalld-ipset',
    (parameters, services, jail) =>
      new IpsetEngine({
        ...services,
        jail,
        settings: firewalldSettings(parameters, 'actiontype'),
        sets: ipsetSettings(parameters),
      }),
  ],
  ['firewalld-rules', (parameters, { tools }) => new RichRulesEngine(richSettings(parameters), tools)],
  ['ufw', (parameters, { tools }) => new UfwEngine(ufwSettings(parameters), tools)],
  ['route', (parameters, { tools }) => new RouteEngine(routeSettings(parameters), tools)],
]);

function firewalldChain(scope: 'ports' | 'all'): Create {
  return (parameters, services, jail) =>
    new IptablesEngine({ ...services, jail, settings: firewalldSettings(parameters, scope) });
}

/** Where each address takes a call of its own, or a good part of one, so that others need not wait long for their turn. */
const smallBatches: ReadonlyMap<string, number> = new Map([
  ['ufw', 8],
  ['firewalld-rules', 128],
]);

/** Whether an engine serves an action, or why its commands run; undefined where there is nothing to say. */
export type Served =
  | {
      readonly engine: string;
      /** Bans that are made at once; absent: as many as wait. */
      readonly batchLimit?: number | undefined;
      /** Makes the engine for these properties, as they are now. Throws `NotServed`. */
      readonly create: (properties: ActionProperties, jail: string) => Engine;
    }
  | { readonly asWritten: string }
  | undefined;

/** Decides by the property `engine`: the name of one, or `none: WHY`. Looks at the parameters as well. */
export function servedBy(settings: ActionSettings, services: EngineServices | undefined): Served {
  const said = pythonStr(settings.properties.get('engine') ?? '').trim();
  if (services === undefined || settings.pythonFile !== undefined || said === '') return undefined;
  const none = /^none(?::\s*(.*))?$/s.exec(said);
  if (none !== null) return { asWritten: none[1] ?? 'engine = none is set' };
  const make = engines.get(said);
  if (make === undefined) return { asWritten: `there is no engine ${said.slice(0, 50)}` };
  const create = (properties: ActionProperties, jail: string): Engine =>
    make(new Parameters(properties), services, jail);
  try {
    create(new ActionProperties(settings.properties), '');
    return { engine: said, batchLimit: smallBatches.get(said), create };
  } catch (error) {
    return { asWritten: describeError(error) };
  }
}

/**
 * Whether an action cannot simply take new settings: it is another program's, or was carried out by an engine and is no longer,
 * or the other way round.
 */
export function mustBeMadeAnew(
  action: Action,
  settings: ActionSettings,
  parts: { readonly engines?: EngineServices | undefined; readonly createAction?: unknown },
): boolean {
  if (settings.pythonFile !== undefined || action.serves !== undefined) {
    const isDry = action.engine === dryRunEngine && action.properties.equals(settings.properties);
    return settings.dryRun === true ? !isDry : action.serves?.(settings) !== true;
  }
  if (parts.createAction !== undefined) return false;
  if (settings.dryRun || action.engine === dryRunEngine)
    return (action.engine === dryRunEngine) !== (settings.dryRun ?? false);
  const served = servedBy(settings, parts.engines);
  return action.engine !== (served !== undefined && 'engine' in served ? served.engine : undefined);
}

/**
 * The settings of an action of an engine once a property was set by hand that it does not go by: who writes a command wants
 * it to run. Undefined where the engine stays.
 */
export function handWritten(action: Action, property: string): ActionSettings | undefined {
  if (action.engine === undefined || !/^(?:action|engine$)/.test(property)) return undefined;
  const properties = new Map(action.properties.all());
  if (property !== 'engine') properties.set('engine', `none: ${property} was set by hand`);
  return { name: action.name, properties };
}
