/** Options that a program knows, as Python's `getopt` module is told of them. */
export interface OptionGrammar {
  /** Letters; a colon behind one means that it takes a value. */
  readonly short: string;
  /** Words; an equals sign behind one means that it takes a value. */
  readonly long: readonly string[];
}

export interface ParsedOptions {
  /** In their order: `-v`, `--conf`, … with the value, empty for options that take none. */
  readonly options: readonly (readonly [name: string, value: string])[];
  /** Everything from the first word that is no option. */
  readonly rest: readonly string[];
}

/**
 * Parses a command line as fail2ban's programs do: letters may be joined (`-xf`), values may follow or stand behind an
 * equals sign, long options may be cut short while they stay unambiguous, and the first other word ends the options.
 * Returns a sentence instead when the line is wrong.
 */
export function getopt(args: readonly string[], grammar: OptionGrammar): ParsedOptions | string {
  const options: (readonly [string, string])[] = [];
  const rest = [...args];
  while (rest.length > 0 && rest[0]!.startsWith('-') && rest[0] !== '-') {
    const word = rest.shift()!;
    if (word === '--') break;
    const error = word.startsWith('--')
      ? takeLong(word.slice(2), rest, grammar, options)
      : takeShort(word.slice(1), rest, grammar, options);
    if (error !== undefined) return error;
  }
  return { options, rest };
}

type Collected = (readonly [string, string])[];

function takeLong(
  word: string,
  rest: string[],
  grammar: OptionGrammar,
  options: Collected,
): string | undefined {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const found = findLong(name, grammar);
  if (found.length === 0) return `option --${name} not recognized`;
  if (found.length > 1) return `option --${name} not a unique prefix`;
  const [option] = found as [string];
  if (!option.endsWith('=')) {
    if (equals >= 0) return `option --${option} must not have an argument`;
    options.push([`--${option}`, '']);
    return undefined;
  }
  const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
  if (value === undefined) return `option --${option.slice(0, -1)} requires argument`;
  options.push([`--${option.slice(0, -1)}`, value]);
  return undefined;
}

/** An exact name wins over the longer ones that it begins. */
function findLong(name: string, grammar: OptionGrammar): string[] {
  const exact = grammar.long.find((option) => option === name || option === `${name}=`);
  return exact === undefined ? grammar.long.filter((option) => option.startsWith(name)) : [exact];
}

function takeShort(
  letters: string,
  rest: string[],
  grammar: OptionGrammar,
  options: Collected,
): string | undefined {
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at]!;
    const place = letter === ':' ? -1 : grammar.short.indexOf(letter);
    if (place < 0) return `option -${letter} not recognized`;
    if (grammar.short[place + 1] !== ':') {
      options.push([`-${letter}`, '']);
      continue;
    }
    const value = at + 1 < letters.length ? letters.slice(at + 1) : rest.shift();
    if (value === undefined) return `option -${letter} requires argument`;
    options.push([`-${letter}`, value]);
    return undefined;
  }
  return undefined;
}
