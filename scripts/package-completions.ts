import { knownValues } from '../src/cli/completion.ts';
import { optionSpecs } from '../src/cli/regex/options.ts';
import { programOptions } from '../src/cli/usage.ts';
import { warderCommands } from '../src/cli/warder/commands.ts';
import { commonOptions, runOptions } from '../src/cli/warder/help.ts';
import { nextWords } from '../src/control/index.ts';

/** Stands for any word in a key. Not an asterisk, which the shells would take for a pattern. */
const anyWord = '@';

/** A name of a value becomes a command that lists the values there are, in each shell the same. */
const valueSources: Readonly<Record<string, string>> = {
  JAIL: "fail2ban-client status 2>/dev/null | sed -n 's/.*Jail list:[[:space:]]*//p' | tr -d ,",
};

/** Names of values that are files. */
const fileNames: ReadonlySet<string> = new Set(['FILE', 'LOG', 'LOGFILE', 'PATH']);

/** A row of the completion: what was typed (`/set/@`), the words that may follow, and names of values. */
interface Row {
  readonly key: string;
  readonly words: readonly string[];
  readonly names: readonly string[];
}

/** The longest command with all its arguments is not longer; a place that repeats stays where it is. */
const deepest = 6;

/** All that the table of commands says about what may follow what. */
function clientRows(): Row[] {
  const rows: Row[] = [];
  const visit = (typed: readonly string[], depth: number): void => {
    const { words, names } = nextWords(typed);
    if (words.length + names.length === 0) return;
    rows.push({ key: `/${typed.map((word) => (isValue(word) ? anyWord : word)).join('/')}`, words, names });
    if (depth === deepest) return;
    for (const word of words) visit([...typed, word], depth + 1);
    if (names.length > 0) visit([...typed, anyValue], depth + 1);
  };
  visit([], 0);
  return unique(rows);
}

/** No word of any command. */
const anyValue = 'some value';

function isValue(word: string): boolean {
  return word === anyValue;
}

function unique(rows: readonly Row[]): Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) if (!found.has(row.key)) found.set(row.key, row);
  return [...found.values()];
}

function warderRows(): Row[] {
  const commands = warderCommands.map(({ name }) => name);
  const rows = warderCommands.map(({ name, syntax, options = [] }) => ({
    key: `/${name}`,
    words: [
      ...(name === 'run' ? spellings(runOptions) : options.map((option) => `--${option.name}`)),
      ...spellings(commonOptions),
      ...(/^[a-z]+$/.test(syntax) ? [syntax] : []),
    ],
    names: syntax.match(/[A-Z]{2,}/g) ?? [],
  }));
  return [{ key: '/', words: commands, names: [] }, ...rows];
}

/** What is offered for a word that begins with a hyphen. */
function optionsOf(program: string): string[] {
  if (program === 'fail2ban-regex') return optionSpecs.flatMap(({ names }) => names);
  if (program === 'warder') return spellings(commonOptions);
  return spellings([...programOptions, ['--json', '']]);
}

/** `-c, --conf <DIR>` names two. */
function spellings(options: readonly (readonly [syntax: string, text: string])[]): string[] {
  return options.flatMap(([syntax]) => syntax.match(/(?<![\w-])--?[A-Za-z][\w-]*/g) ?? []);
}

function rowsOf(program: string): Row[] {
  if (program === 'warder') return warderRows();
  if (program === 'fail2ban-regex') return [{ key: '/', words: [], names: ['FILE'] }];
  if (program === 'fail2ban-server') return [{ key: '/', words: ['start'], names: [] }];
  return clientRows();
}

/** What follows a row, as the right-hand side of an assignment: words, `$(…)` for values, `FILES`. */
function offers({ words, names }: Row): {
  readonly words: string;
  readonly sources: string[];
  readonly files: boolean;
} {
  const sources = [...new Set(names.flatMap((name) => valueSources[name] ?? []))];
  const known = names.flatMap((name) => knownValues[name] ?? []);
  return { words: [...words, ...known].join(' '), sources, files: names.some((name) => fileNames.has(name)) };
}

function functionName(program: string): string {
  return `_warder_${program.replaceAll('-', '_')}`;
}

const note = '# Made from the tables of the program; see scripts/package-completions.ts.';

/** How the key of what was typed is found, in a shell with associative arrays. */
function walk(isKnown: (key: string) => string, words: string): string {
  return `  local key= word
  for word in ${words}; do
    if ${isKnown('$key/$word')}; then key=$key/$word
    elif ${isKnown(`$key/${anyWord}`)}; then key=$key/${anyWord}
    elif [[ $key != */${anyWord} ]]; then return
    fi
  done
  [[ -n $key ]] || key=/`;
}

function table(program: string): string {
  return rowsOf(program)
    .map((row) => {
      const { words, sources, files } = offers(row);
      const all = [words, ...(sources.length > 0 ? ['@JAILS'] : []), ...(files ? ['@FILES'] : [])];
      return `  ['${row.key}']='${all.filter((part) => part !== '').join(' ')}'`;
    })
    .join('\n');
}

/** For bash-completion, which loads it by the program's name. */
export function bashCompletion(program: string): string {
  const name = functionName(program);
  return `${note}
declare -gA ${name}_next=(
${table(program)}
)
${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} offered
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W '${optionsOf(program).join(' ')}' -- "$current"))
    [[ ${program} == warder && COMP_CWORD -gt 1 ]] || return
  fi
${walk((key) => `[[ -v ${name}_next["${key}"] ]]`, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`).replace(
  'do\n',
  'do\n    [[ $word == -* ]] && continue\n',
)}
  offered=\${${name}_next["$key"]}
  [[ $offered != *@JAILS* ]] || offered="\${offered/@JAILS/} $(${valueSources.JAIL})"
  [[ $offered != *@FILES* ]] || { offered=\${offered/@FILES/}; compopt -o default; }
  COMPREPLY+=($(compgen -W "$offered" -- "$current"))
}
complete -F ${name} ${program}
`;
}

/** For zsh, in a folder of its \`fpath\`. */
export function zshCompletion(program: string): string {
  const name = functionName(program);
  return `#compdef ${program}
${note}
typeset -gA ${name}_next=(
${table(program)}
)
${name}() {
  local offered
  if [[ $PREFIX == -* ]]; then
    compadd -- ${optionsOf(program).join(' ')}
    [[ ${program} == warder && CURRENT -gt 2 ]] || return
  fi
${walk((key) => `(( \${+${name}_next[${key}]} ))`, `\${words[2,CURRENT-1]}`).replace(
  'do\n',
  'do\n    [[ $word == -* ]] && continue\n',
)}
  offered=\${${name}_next[$key]}
  [[ $offered != *@JAILS* ]] || compadd -- $(${valueSources.JAIL})
  [[ $offered != *@FILES* ]] || _files
  compadd -- \${\${=offered}:#@*}
}
${name} "$@"
`
    .replaceAll("['", '')
    .replaceAll("']=", ' ');
}

/** For fish, which has no associative arrays: a \`switch\`. */
export function fishCompletion(program: string): string {
  const name = functionName(program);
  const cases = rowsOf(program).map((row) => {
    const { words, sources, files } = offers(row);
    const lines = [
      ...(words === '' ? [] : [`printf '%s\\n' ${words}`]),
      ...sources.map((source) => `${source} | tr ' ' '\\n'`),
      ...(files ? ['__fish_complete_path (commandline -ct)'] : []),
      'true',
    ];
    return `    case '${row.key}'\n${lines.map((line) => `      ${line}`).join('\n')}`;
  });
  return `${note}
function ${name}_next
  switch $argv[1]
${cases.join('\n')}
    case '*'
      false
  end
end
function ${name}
  set -l key ''
  set -l typed (commandline -opc)
  for word in $typed[2..-1]
    string match -q -- '-*' $word; and continue
    if ${name}_next $key/$word >/dev/null
      set key $key/$word
    else if ${name}_next $key/${anyWord} >/dev/null
      set key $key/${anyWord}
    else if not string match -q '*/${anyWord}' $key
      return
    end
  end
  test -n "$key"; or set key /
  ${name}_next $key
end
complete -c ${program} -f -a '(${name})'
complete -c ${program} -f -n 'string match -q -- "-*" (commandline -ct)' -a '${optionsOf(program).join(' ')}'
`;
}
