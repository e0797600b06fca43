import { escapeControl } from '../../base/index.ts';
import type { Configuration, EffectiveOption, JailConfig } from '../../config/index.ts';
import { loadConfig } from '../check-config.ts';
import { failure, type Program, success } from '../program.ts';
import { dump } from './check.ts';
import { type Cell, columns } from './columns.ts';
import { nearest } from './nearest.ts';

const usageError = 2;

/** `warder config show [JAIL]`, `warder config dump`. */
export async function config(program: Program, words: readonly string[]): Promise<number> {
  const [what = '', jail] = words;
  if (what === 'dump' && jail === undefined) return dump(program);
  if (what === 'show') return show(program, jail);
  program.terminal.err(
    `warder: config does not take ${JSON.stringify(jail ?? what)}; see 'warder config -h'\n`,
  );
  return usageError;
}

async function show(program: Program, name: string | undefined): Promise<number> {
  const { options, terminal, log } = program;
  const { configuration } = await loadConfig(options, { strict: false, allowNoFiles: false });
  const { colours, print } = { colours: terminal.isTerminal, print: (text: string) => terminal.out(text) };
  if (name === undefined) {
    print(
      options.json ? json(terminal.isTerminal, jailsJson(configuration)) : jailsText(configuration, colours),
    );
    return success;
  }
  const jail = configuration.jails.find((each) => each.name === name);
  if (jail === undefined) {
    const near = nearest(
      name,
      configuration.jails.map((each) => each.name),
    );
    const hint = near === undefined ? "'warder config show' lists them" : `did you mean ${near}?`;
    log.error(`there is no enabled jail ${JSON.stringify(name)}; ${hint}`);
    return failure;
  }
  print(
    options.json
      ? json(terminal.isTerminal, jailJson(jail))
      : jailText(jail, { colours, verbose: options.verbosity > 1 }),
  );
  return success;
}

function jailsText({ jails }: Configuration, colours: boolean): string {
  if (jails.length === 0) return 'No jail is enabled.\n';
  const rows = jails.map((jail): (string | Cell)[] => [
    { text: jail.name, style: 'bold' },
    jail.configError === undefined ? { text: 'ok', style: 'green' } : { text: 'BROKEN', style: 'red' },
    jail.filter?.name ?? '',
    placeOf(jail.options.get('enabled')),
    jail.configError ?? '',
  ]);
  const head: Cell[] = ['Jail', 'State', 'Filter', 'Enabled in', ''].map((text) => ({ text, style: 'dim' }));
  return columns([head, ...rows], colours);
}

function jailsJson({ jails }: Configuration): unknown {
  return jails.map(({ name, filter, options, configError }) => ({
    name,
    filter: filter?.name ?? null,
    enabled: options.get('enabled')?.origin ?? null,
    error: configError ?? null,
  }));
}

interface Style {
  readonly colours: boolean;
  /** Values that have many lines are shown wholly. */
  readonly verbose: boolean;
}

/** So many lines of a value are shown. */
const mostLines = 3;

/** Each option with its place; those of the program itself last. */
function jailText(jail: JailConfig, style: Style): string {
  const parts = [optionsText(`[${jail.name}]`, [...jail.options.values()], style)];
  for (const action of jail.actions) {
    const how = engineOf(action.engine);
    parts.push(optionsText(`action ${action.name}${how}`, [...action.options.values()], style));
  }
  const error =
    jail.configError === undefined ? '' : `This jail cannot run: ${escapeControl(jail.configError)}\n\n`;
  return error + parts.join('\n');
}

function engineOf(engine: JailConfig['actions'][number]['engine']): string {
  if (engine === undefined) return '';
  if ('asWritten' in engine) return ` (its commands run: ${engine.asWritten})`;
  return ` (carried out by the engine ${engine.engine})`;
}

function optionsText(
  title: string,
  options: readonly EffectiveOption[],
  { colours, verbose }: Style,
): string {
  const sorted = [...options.filter(isWritten), ...options.filter((option) => !isWritten(option))];
  const rows = sorted.flatMap((option) => {
    const lines = textOf(option)
      .split('\n')
      .filter((line) => line.trim() !== '');
    const shown = verbose || lines.length <= mostLines + 1 ? lines : lines.slice(0, mostLines);
    const [first = '', ...more] = shown;
    if (shown.length < lines.length) more.push(`… ${lines.length - shown.length} more lines (-v shows them)`);
    const place: Cell = { text: placeOf(option), style: 'dim' };
    // The place stands in front, since values may be as long as they like.
    return [
      [place, { text: option.name, style: 'cyan' as const }, first],
      ...more.map((line) => ['', '', line]),
    ];
  });
  const head = columns([[{ text: title, style: 'bold' }]], colours);
  return `${head}${columns(rows, colours, '  ')}`;
}

function isWritten({ origin }: EffectiveOption): boolean {
  return origin !== undefined;
}

function textOf({ value }: EffectiveOption): string {
  return value === null ? '(not set)' : String(value);
}

function placeOf(option: EffectiveOption | undefined): string {
  return option?.origin === undefined ? 'default' : `${option.origin.file}:${option.origin.line}`;
}

function jailJson(jail: JailConfig): unknown {
  return {
    name: jail.name,
    error: jail.configError ?? null,
    options: optionsJson(jail.options.values()),
    actions: jail.actions.map(({ name, file, engine, options }) => ({
      name,
      file,
      engine: engine !== undefined && 'engine' in engine ? engine.engine : null,
      options: optionsJson(options.values()),
    })),
  };
}

function optionsJson(options: Iterable<EffectiveOption>): unknown {
  const entries = Array.from(options, ({ name, value, origin }) => [
    name,
    { value: typeof value === 'bigint' ? String(value) : value, ...(origin ?? { default: true }) },
  ]);
  return Object.fromEntries(entries);
}

function json(isTerminal: boolean, value: unknown): string {
  return `${JSON.stringify(value, null, isTerminal ? 2 : undefined)}\n`;
}
