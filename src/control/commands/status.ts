import { type PythonTuple, type PythonValue, pythonRepr, WarderError } from '../../base/index.ts';
import type { JailApi, ServerApi } from '../server-api.ts';
import { originLists } from './cymru.ts';
import { heldLines } from './tarpit.ts';
import { type Call, furtherHelp, help, type Section } from './types.ts';
import { list, pair, textArg } from './values.ts';

const flavors = ['short', 'basic', 'stats', 'cymru'];

/** `status [JAIL|--all [FLAVOR]]`, in fail2ban's nesting of tuples. */
export async function status(call: Call): Promise<PythonValue> {
  if (call.args.length === 0) return overview(call.api);
  if (call.args.length > 2) throw new WarderError('COMMAND_UNKNOWN', 'Invalid command (no status)');
  const name = textArg(call.args, 0);
  const flavor = call.args.length === 2 ? textArg(call.args, 1) : 'basic';
  if (!flavors.includes(flavor)) {
    const supported = pythonRepr(list(flavors));
    call.warn(`Unsupported extended jail status flavor ${pythonRepr(flavor)}. Supported: ${supported}`);
  }
  if (name !== '--all') return jailStatus(call.api, call.api.jail(name), flavor);
  const jails = sortedJails(call.api);
  const details: PythonValue = new Map();
  for (const jail of jails) details.set(jail.name, await jailStatus(call.api, jail, flavor));
  return flavor === 'stats' ? details : [...overview(call.api), details];
}

/** `stats`: per jail its backend, and current and total counts of failures and bans. */
export function statistics(api: ServerApi): PythonValue {
  return new Map(sortedJails(api).map((jail) => [jail.name, figures(jail)]));
}

function sortedJails(api: ServerApi): JailApi[] {
  return api
    .jailNames()
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => api.jail(name));
}

function overview(api: ServerApi): PythonValue[] {
  const names = sortedJails(api).map((jail) => jail.name);
  return [pair('Number of jail', names.length), pair('Jail list', names.join(', '))];
}

function figures(jail: JailApi): PythonValue {
  const status = jail.status();
  return [
    status.backend,
    pair(status.currentlyFailed, status.totalFailed),
    pair(status.currentlyBanned, status.totalBanned),
  ];
}

async function jailStatus(api: ServerApi, jail: JailApi, flavor: string): Promise<PythonValue> {
  if (flavor === 'stats') return figures(jail);
  const status = jail.status();
  const actions = [
    pair('Currently banned', status.currentlyBanned),
    pair('Total banned', status.totalBanned),
  ];
  const ids = flavor === 'short' ? [] : jail.bannedIds();
  if (flavor !== 'short') actions.push(pair('Banned IP list', list(ids)));
  if (flavor !== 'short') actions.push(...(await heldLines(api, jail.name)));
  if (flavor === 'cymru') actions.push(...(await originLists(api, ids)));
  const filter = [...filterCounts(jail), sourceEntry(jail), ...suspension(jail)];
  return [pair('Filter', filter), pair('Actions', actions)];
}

function filterCounts(jail: JailApi): PythonTuple[] {
  const { currentlyFailed, totalFailed } = jail.status();
  return [pair('Currently failed', currentlyFailed), pair('Total failed', totalFailed)];
}

/** Only where something is suspended, so that the answer is fail2ban's otherwise. */
function suspension(jail: JailApi): PythonTuple[] {
  const { suspendedRules, isSuspended } = jail.status();
  if (suspendedRules === undefined) return [];
  const detection = isSuspended === true ? [pair('Detection', 'suspended')] : [];
  return [pair('Suspended rules', list(suspendedRules)), ...detection];
}

function sourceEntry(jail: JailApi): PythonTuple {
  if (jail.status().backend !== 'systemd') return pair('File list', list(jail.logPaths()));
  const matches = jail.journalMatch().map((terms) => terms.join(' '));
  return pair('Journal matches', [matches.join(' + ')]);
}

/** Creating, starting and stopping jails, and their status. */
export const jailControlSection: Section = {
  title: 'JAIL CONTROL',
  commands: [
    {
      route: 'add',
      help: [help('add <JAIL> <BACKEND>', 'creates <JAIL> using <BACKEND>')],
      least: 1,
      exclusive: true,
      async run(call) {
        const name = textArg(call.args, 0);
        if (name === '--all') throw new WarderError('COMMAND_UNKNOWN', `Reserved name ${pythonRepr(name)}`);
        await call.api.addJail(name, call.args.length > 1 ? textArg(call.args, 1) : 'auto');
        return name;
      },
    },
    {
      route: 'start',
      help: [help('start <JAIL>', 'starts the jail <JAIL>')],
      least: 1,
      exclusive: true,
      async run(call) {
        await call.api.startJail(textArg(call.args, 0));
        return null;
      },
    },
    { route: 'stop', help: [help('stop <JAIL>', 'stops the jail <JAIL>. The jail is removed')] },
    {
      route: 'status',
      help: [
        help(
          'status <JAIL> [FLAVOR]',
          'gets the current status of <JAIL>, with optional flavor or extended info',
        ),
        furtherHelp(
          'status --all [<FLAVOR>]',
          'gets the current status of every jail. Flavors: basic, short, stats, cymru',
        ),
      ],
      run: status,
    },
  ],
};
