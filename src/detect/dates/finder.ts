import type { RegexMatch } from '../../pyregex/index.ts';
import { type DateParts, mayBeWord } from './quick/index.ts';
import type { DateTemplate } from './template.ts';

/** A date in a line. */
export interface FoundDate {
  readonly template: DateTemplate;
  readonly match: RegexMatch;
}

interface Candidate extends FoundDate {
  readonly index: number;
}

/** A template that was not used for so long gives way to any other. */
const unusedSec = 300;
const nowhere = 0x7fffffff;

/**
 * Finds the date in a line by a list of templates that compete, as fail2ban's do:
 *
 * - The template that won last is tried first, where the last date stood if the characters around are the same.
 * - Otherwise the templates are tried in order. One that is anchored to the line wins at once, another one if the date
 *   stands no further from the start than dates used to; else the nearest date wins, which keeps a date that an
 *   attacker wrote into the message from being taken.
 * - A winner moves up the list as its weight grows.
 */
export class DateFinder {
  readonly #templates: DateTemplate[];
  readonly #nowSec: () => number;
  #lastIndex = nowhere;
  #firstUnused = 0;
  /** Where the last date began and ended, and the characters on both sides of these places. */
  #start = 1;
  #beforeStart = '';
  #atStart = '';
  #end = nowhere;
  #beforeEnd = '';
  #atEnd = '';

  constructor(templates: readonly DateTemplate[], nowSec: () => number) {
    this.#templates = [...templates];
    this.#nowSec = nowSec;
  }

  /** In the order in which they are tried now. */
  get templates(): readonly DateTemplate[] {
    return this.#templates;
  }

  /** The date in a line, by the template that wins; undefined when none matches. */
  find(line: string): FoundDate | undefined {
    const last = this.#tryLast(line);
    if (last.winner !== undefined) return this.#accept(last.winner, line);
    const winner = this.#search(line, last.skip, last.reserve);
    return winner === undefined ? undefined : this.#accept(winner, line);
  }

  /** The template that won last, if it can be read quickly. */
  get quickTemplate(): DateTemplate | undefined {
    const template = this.#templates[this.#lastIndex];
    return template?.quick === undefined ? undefined : template;
  }

  /**
   * Whether the template that won last would win for this line of bytes as well, which it does where it reads the date
   * quickly. Nothing is counted yet.
   */
  recognise(bytes: Uint8Array, start: number, end: number, parts: DateParts): boolean {
    const quick = this.#templates[this.#lastIndex]?.quick;
    if (quick === undefined) return false;
    if (!quick.isFloating) return quick.read(bytes, start, end, parts);
    const dateStart = start + this.#start;
    const dateEnd = start + this.#end;
    if (!this.#sameByteSurroundings(bytes, start, end)) return false;
    return quick.read(bytes, dateStart, dateEnd, parts) && parts.end === dateEnd;
  }

  /** Counts what `recognise` has found. */
  acceptQuick(bytes: Uint8Array, start: number, end: number, parts: DateParts, nowSec: number): void {
    const index = this.#lastIndex;
    const template = this.#templates[index]!;
    template.matches += 1;
    template.hits += 1;
    template.lastUsedSec = nowSec;
    if (this.#firstUnused === index) this.#firstUnused += 1;
    if (template.quick?.isFloating !== true) {
      // What stands around a date is only asked for where it has no place of its own, and then known from before.
      template.distance = 0;
      this.#start = 0;
      return;
    }
    template.distance = this.#start;
    this.#atStart = String.fromCharCode(bytes[parts.start]!);
    this.#beforeEnd = String.fromCharCode(bytes[parts.end - 1]!);
    this.#atEnd = parts.end < end ? String.fromCharCode(bytes[parts.end]!) : '';
    this.#beforeStart = parts.start > start ? String.fromCharCode(bytes[parts.start - 1]!) : '';
  }

  /** As `#sameSurroundings`, for a date that begins and ends with a letter or digit; false also beyond ASCII. */
  #sameByteSurroundings(bytes: Uint8Array, start: number, end: number): boolean {
    const dateStart = start + this.#start;
    const dateEnd = start + this.#end;
    if (dateEnd > end) return false;
    for (let at = start; at < dateStart; at += 1) if (bytes[at]! >= 0x80) return false;
    if (dateStart > start) {
      const byte = bytes[dateStart - 1]!;
      if (mayBeWord(byte) || byte !== this.#beforeStart.charCodeAt(0)) return false;
    } else if (this.#beforeStart !== '') return false;
    if (dateEnd === end) return this.#atEnd === '';
    return bytes[dateEnd] === this.#atEnd.charCodeAt(0);
  }

  /** Tries the template that won last. `skip` is its index if it need not be tried on this line again. */
  #tryLast(line: string): { winner?: Candidate; reserve?: Candidate; skip: number } {
    const index = this.#lastIndex;
    const template = this.#templates[index];
    if (template === undefined) return { skip: nowhere };
    const { anchored } = template.spec.bound;
    const samePlace = !anchored && this.#sameSurroundings(line);
    // The end of the place counts as the end of the line, what stands before it does not count as the start.
    const match = samePlace ? template.search(line.slice(0, this.#end), this.#start) : template.search(line);
    const skip = samePlace ? nowhere : index;
    if (match === null) return { skip };
    const candidate = { template, match, index };
    const sure =
      this.#templates.length === 1 || anchored || (match.index === this.#start && match.end === this.#end);
    return sure ? { winner: candidate, skip } : { reserve: candidate, skip };
  }

  #sameSurroundings(line: string): boolean {
    const atStart = line.slice(this.#start, this.#start + 1);
    const beforeEnd = this.#end > 0 ? line.slice(this.#end - 1, this.#end) : '';
    const startFits =
      before(line, this.#start) === this.#beforeStart ||
      (atStart === this.#atStart && !isAlphanumeric(this.#atStart));
    if (!startFits) return false;
    return (
      line.slice(this.#end, this.#end + 1) === this.#atEnd ||
      (beforeEnd === this.#beforeEnd && !isAlphanumeric(this.#beforeEnd))
    );
  }

  #search(line: string, skip: number, reserved: Candidate | undefined): Candidate | undefined {
    let reserve = reserved;
    for (const [index, template] of this.#templates.entries()) {
      if (index === skip) continue;
      const match = template.search(line);
      if (match === null) continue;
      const candidate = { template, match, index };
      const next = this.#templates[index + 1];
      if (next === undefined || template.spec.bound.anchored) return candidate;
      if (match.index === 0 && template.hits > 0 && next.matches === 0) return candidate;
      if (match.index <= template.distance && match.index <= this.#start) return candidate;
      // Further off than dates used to stand: perhaps a date in the message. The nearest of these wins.
      if (reserve === undefined || match.index < reserve.match.index) reserve = candidate;
    }
    return reserve;
  }

  #accept(winner: Candidate, line: string): FoundDate {
    const { template, match, index } = winner;
    template.hits += 1;
    template.lastUsedSec = this.#nowSec();
    template.distance = match.index;
    if (this.#firstUnused === index) this.#firstUnused += 1;
    this.#start = match.index;
    this.#beforeStart = before(line, match.index);
    this.#atStart = line.slice(match.index, match.index + 1);
    this.#end = match.end;
    this.#beforeEnd = match.end > 0 ? line.slice(match.end - 1, match.end) : '';
    this.#atEnd = line.slice(match.end, match.end + 1);
    this.#lastIndex = index > 0 && index !== this.#lastIndex ? this.#moveUp(template, index) : index;
    return winner;
  }

  /** Moves a template ahead if it outweighs the one in its way; returns its place. */
  #moveUp(template: DateTemplate, index: number): number {
    const staleSec = template.lastUsedSec - unusedSec;
    const mayPass = (place: number): boolean => {
      const other = this.#templates[place]!;
      return template.weight > other.weight || staleSec > other.lastUsedSec;
    };
    let place = this.#firstUnused < index ? this.#firstUnused : index >> 1;
    if (!mayPass(place)) {
      if (place === index - 1) return index;
      place = index - 1;
      if (!mayPass(place)) return index;
    }
    this.#templates.splice(index, 1);
    this.#templates.splice(place, 0, template);
    while (this.#firstUnused < this.#templates.length && this.#templates[this.#firstUnused]!.hits > 0) {
      this.#firstUnused += 1;
    }
    return place;
  }
}

function before(line: string, index: number): string {
  return index > 0 ? line.slice(index - 1, index) : '';
}

function isAlphanumeric(char: string): boolean {
  return /^[\p{L}\p{N}]$/u.test(char);
}
