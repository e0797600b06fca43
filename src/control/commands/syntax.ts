import { commandTable } from './table.ts';

/** One place in a command as its help writes it. */
export interface SyntaxPlace {
  /** Words that may stand there as they are: `on` and `off`. */
  readonly words: readonly string[];
  /** Names of what else may stand there: `JAIL`, `IP`. */
  readonly names: readonly string[];
  readonly optional: boolean;
  /** May stand there more than once. */
  readonly repeats: boolean;
}

/** A command of the help, taken apart; what a shell's completion is made of. */
export interface CommandSyntax {
  readonly section: string;
  /** As the help writes it. */
  readonly syntax: string;
  readonly text: string;
  readonly places: readonly SyntaxPlace[];
}

/** Every command that people type, in the order of the help: those of fail2ban and our own. */
export function commandSyntaxes(): CommandSyntax[] {
  return commandTable.flatMap(({ title, commands }) =>
    commands.flatMap((spec) =>
      spec.help.map(({ syntax, text }) => ({
        section: title,
        syntax,
        text,
        places: parseSyntax(syntax),
      })),
    ),
  );
}

/** Takes `set <JAIL> unbanip [--report-absent] <IP> ... <IP>` apart. */
export function parseSyntax(syntax: string): SyntaxPlace[] {
  const places: SyntaxPlace[] = [];
  let depth = 0;
  for (const token of syntax.match(/\[|\]|[^\s[\]]+/g) ?? []) {
    if (token === '[') depth += 1;
    else if (token === ']') depth = Math.max(0, depth - 1);
    else if (token === '...') repeatLast(places);
    else if (!repeatsBefore(places, token)) places.push(placeOf(token, depth > 0));
  }
  return places;
}

function repeatLast(places: SyntaxPlace[]): void {
  const last = places.pop();
  if (last !== undefined) places.push({ ...last, repeats: true });
}

/** The second `<IP>` of `<IP> ... <IP>`. */
function repeatsBefore(places: readonly SyntaxPlace[], token: string): boolean {
  const last = places.at(-1);
  return last?.repeats === true && token.startsWith('<');
}

function placeOf(token: string, optional: boolean): SyntaxPlace {
  const parts = token.split('|');
  return {
    words: parts.filter((part) => !isName(part)).map((part) => part.replaceAll("'", '')),
    names: parts.filter(isName).map((part) => part.replaceAll(/[<>]/g, '')),
    optional,
    repeats: false,
  };
}

/** `<JAIL>`, and `FLAVOR`, which the help leaves bare. */
function isName(part: string): boolean {
  return part.startsWith('<') || /^[A-Z]+$/.test(part);
}

/** What may come next in a command: words as they are, and names of values. */
export interface NextWords {
  readonly words: readonly string[];
  readonly names: readonly string[];
}

/**
 * What may stand behind the words of a command that were typed so far. A word that one command has as it is, is not taken for
 * a name in others: `set loglevel` concerns no jail of that name.
 */
export function nextWords(typed: readonly string[]): NextWords {
  let states = commandSyntaxes().map(({ places }) => startOf(places));
  for (const word of typed) {
    const literal = states.some((state) => placesAt(state).some(({ words }) => words.includes(word)));
    states = states.map((state) => advance(state, word, literal)).filter(({ at }) => at.size > 0);
  }
  const next = states.flatMap(placesAt);
  return {
    words: [...new Set(next.flatMap(({ words }) => words))],
    names: [...new Set(next.flatMap(({ names }) => names))],
  };
}

/** How far one syntax has come: the places that may be next. */
interface Progress {
  readonly places: readonly SyntaxPlace[];
  readonly at: ReadonlySet<number>;
}

function startOf(places: readonly SyntaxPlace[]): Progress {
  return { places, at: reachable(places, [0]) };
}

function placesAt({ places, at }: Progress): SyntaxPlace[] {
  return [...at].flatMap((index) => places[index] ?? []);
}

function advance({ places, at }: Progress, word: string, literal: boolean): Progress {
  const next: number[] = [];
  for (const index of at) {
    const place = places[index];
    if (place === undefined || !accepts(place, word, literal)) continue;
    next.push(index + 1);
    if (place.repeats) next.push(index);
  }
  return { places, at: reachable(places, next) };
}

/** Optional places may be left out. */
function reachable(places: readonly SyntaxPlace[], from: readonly number[]): Set<number> {
  const found = new Set(from);
  for (const index of found) if (places[index]?.optional === true) found.add(index + 1);
  return found;
}

/** A value may look like anything, but an option is no value. */
function accepts(place: SyntaxPlace, word: string, literal: boolean): boolean {
  if (literal) return place.words.includes(word);
  return place.names.length > 0 && !word.startsWith('--');
}
