import { WarderError } from '../base/index.ts';
import { isSpace, skipSpace, strip, stripEnd } from './python-text.ts';
import type { Origin } from './types.ts';

/** An option as written, before any substitution. Lines of a longer value are joined by newlines. */
export interface RawOption {
  readonly text: string;
  readonly origin?: Origin;
  /** The line in the file of each line of the text. */
  readonly lineNumbers?: readonly number[];
}

/** The line in its file of the character at `index` of the option's text. */
export function lineAt(raw: RawOption, index: number): number {
  const line = raw.text.slice(0, index).split('\n').length - 1;
  return raw.lineNumbers?.[line] ?? raw.origin?.line ?? 1;
}

/** Options of a section by lower-case name, in the order of their first appearance. */
export type Section = Map<string, RawOption>;

/** One parsed file. */
export interface IniFile {
  readonly path: string;
  /** `[DEFAULT]`. */
  readonly defaults: Section;
  readonly sections: ReadonlyMap<string, Section>;
  /** What is wrong in the text, in its order; everything else of the file is usable. */
  readonly problems: readonly WarderError[];
}

/** A longer line is not configuration but an accident or an attack. */
export const longestLine = 1_048_576;
/** A broken file may be wrong in each of its lines; nobody reads more than this of it. */
const mostProblems = 20;

/**
 * Parses the dialect of Python's `configparser` that fail2ban uses: options end at `=` or `:`, deeper indented lines
 * continue a value, `#` and `;` begin a comment line, ` ;` one behind a value, names are lower-cased.
 *
 * Where Python gives up at the first mistake this goes on behind it: a line that is no option is left out, of an
 * option or section that appears twice the later values win, and each mistake is in `problems` with its line.
 * `sectionIsJail` puts the section's name into the errors as the jail that is concerned.
 */
export function parseIni(text: string, path: string, sectionIsJail = false): IniFile {
  const reader = new IniReader(path, sectionIsJail);
  // The lines of Python's universal newlines mode.
  const lines = text.split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  return reader.finish();
}

interface OpenOption {
  readonly lines: string[];
  readonly lineNumbers: number[];
}

class IniReader {
  readonly #path: string;
  readonly #sectionIsJail: boolean;
  readonly #defaults = new Map<string, OpenOption>();
  readonly #sections = new Map<string, Map<string, OpenOption>>();
  readonly #problems: WarderError[] = [];
  #section: Map<string, OpenOption> | undefined;
  #sectionName: string | undefined;
  #option: OpenOption | undefined;
  /** Indentation of the header or option that a deeper line continues. */
  #indent = 0;
  #sawHeaderProblem = false;

  constructor(path: string, sectionIsJail: boolean) {
    this.#path = path;
    this.#sectionIsJail = sectionIsJail;
  }

  read(line: string, number: number): void {
    if (line.length > longestLine) {
      this.#report(
        () =>
          new WarderError(
            'CONFIG_LINE_TOO_LONG',
            `line is longer than ${longestLine} characters`,
            this.#place(number),
          ),
      );
      return;
    }
    const { value, hasComment } = stripComment(line);
    if (value === '') {
      // An empty line belongs to the value that it stands in; a comment leaves no trace.
      if (!hasComment) this.#continue('', number);
      return;
    }
    const indent = skipSpace(line, 0);
    if (this.#option !== undefined && indent > this.#indent) {
      this.#continue(value, number);
      return;
    }
    this.#indent = indent;
    const header = headerName(value);
    if (header !== undefined) this.#openSection(header, number);
    else if (this.#section === undefined) this.#reportOutside(number);
    else this.#openOption(this.#section, value, number);
  }

  finish(): IniFile {
    const close = (options: Map<string, OpenOption>): Section =>
      new Map(
        [...options].map(([name, { lines, lineNumbers }]) => [
          name,
          {
            text: stripEnd(lines.join('\n')),
            origin: { file: this.#path, line: lineNumbers[0]! },
            lineNumbers,
          },
        ]),
      );
    return {
      path: this.#path,
      defaults: close(this.#defaults),
      sections: new Map([...this.#sections].map(([name, options]) => [name, close(options)])),
      problems: this.#problems,
    };
  }

  #continue(line: string, number: number): void {
    this.#option?.lines.push(line);
    this.#option?.lineNumbers.push(number);
  }

  #openSection(name: string, number: number): void {
    this.#option = undefined;
    this.#sectionName = name;
    if (name === 'DEFAULT') {
      this.#section = this.#defaults;
      return;
    }
    const known = this.#sections.get(name);
    this.#section = known ?? new Map();
    this.#sections.set(name, this.#section);
    if (known !== undefined) {
      this.#report(
        () =>
          new WarderError('CONFIG_DUPLICATE_SECTION', `section [${name}] appears twice in this file`, {
            ...this.#place(number),
            hint: 'put its options under one header',
          }),
      );
    }
  }

  #openOption(section: Map<string, OpenOption>, value: string, number: number): void {
    const delimiter = value.search(/[=:]/);
    const name = delimiter < 0 ? '' : stripEnd(value.slice(0, delimiter)).toLowerCase();
    if (name === '') {
      // What continues the bad line must not end up in the option before it.
      this.#option = { lines: [], lineNumbers: [] };
      this.#report(
        () =>
          new WarderError('CONFIG_SYNTAX', 'line is neither a section header nor an option', {
            ...this.#place(number),
            hint: 'write name = value, or indent the line to continue the value before it',
          }),
      );
      return;
    }
    if (section.has(name)) {
      this.#report(
        () =>
          new WarderError(
            'CONFIG_DUPLICATE_OPTION',
            `option ${name} appears twice in section [${this.#sectionName}]`,
            {
              ...this.#place(number),
              hint: 'the later value is used; remove one',
            },
          ),
      );
    }
    this.#option = { lines: [strip(value.slice(delimiter + 1))], lineNumbers: [number] };
    section.set(name, this.#option);
  }

  #reportOutside(number: number): void {
    if (this.#sawHeaderProblem) return;
    this.#sawHeaderProblem = true;
    this.#report(
      () =>
        new WarderError('CONFIG_NO_SECTION_HEADER', 'text stands before the first section header', {
          ...this.#place(number),
          hint: 'begin the file with a header such as [DEFAULT] or [sshd]',
        }),
    );
  }

  /** A function, since making an error is not for free, and a file may have a million mistakes. */
  #report(problem: () => WarderError): void {
    if (this.#problems.length < mostProblems) this.#problems.push(problem());
  }

  #place(line: number): { file: string; line: number; jail?: string } {
    const inJail = this.#sectionIsJail && this.#sectionName !== undefined && this.#section !== this.#defaults;
    return { file: this.#path, line, ...(inJail ? { jail: this.#sectionName! } : {}) };
  }
}

/** The line without its comment and surrounding white space. */
function stripComment(line: string): { value: string; hasComment: boolean } {
  const stripped = strip(line);
  if (stripped.startsWith('#') || stripped.startsWith(';')) return { value: '', hasComment: true };
  for (let index = line.indexOf(';'); index >= 0; index = line.indexOf(';', index + 1)) {
    if (isSpace(line[index - 1])) return { value: strip(line.slice(0, index)), hasComment: true };
  }
  return { value: stripped, hasComment: false };
}

/** `[name]`, where the name reaches to the last bracket of the line and anything may follow. */
function headerName(value: string): string | undefined {
  if (!value.startsWith('[')) return undefined;
  const end = value.lastIndexOf(']');
  return end < 2 ? undefined : value.slice(1, end);
}
