import { civilOf } from './dates/index.ts';

/** A log line cut at its date. */
export interface CutLine {
  /** What stands before the date. */
  readonly head: string;
  /** The date itself; empty when the line has none. */
  readonly date: string;
  readonly tail: string;
  /** The line as it was, where that is known. */
  readonly text?: string;
}

/** A line whose date was found before it was cut: most lines are only looked at, and never asked for their parts. */
export class WholeLine implements CutLine {
  readonly #whole: string;
  readonly #dateStart: number;
  readonly #dateEnd: number;

  /** `whole`: with its line feed. */
  constructor(whole: string, dateStart: number, dateEnd: number) {
    this.#whole = whole;
    this.#dateStart = dateStart;
    this.#dateEnd = dateEnd;
  }

  get head(): string {
    return this.#whole.slice(0, this.#dateStart);
  }

  get date(): string {
    return this.#whole.slice(this.#dateStart, this.#dateEnd);
  }

  get tail(): string {
    return this.#whole.slice(this.#dateEnd, -1);
  }

  get text(): string {
    return this.#whole.slice(0, -1);
  }

  /** What the rules see: the line without its date, with its line feed. */
  get subject(): string {
    const tail = this.#whole.slice(this.#dateEnd);
    return this.#dateStart === 0 ? tail : this.head + tail;
  }
}

/** The line without its date, which the rules see. */
export function messageOf(line: CutLine): string {
  return line.head === '' ? line.tail : line.head + line.tail;
}

/** The line with its date in place, as it is kept for people. */
export function textOf(line: CutLine): string {
  return line.text ?? line.head + line.date + line.tail;
}

/**
 * A line from a source that tells the time itself, which is put before it in ISO 8601, local time. The date is only
 * written when somebody asks for it.
 */
export function timedLine(text: string, timeSec: number): CutLine {
  return {
    head: '',
    get date() {
      return `${isoLocal(timeSec)} `;
    },
    tail: text,
  };
}

/** `2026-11-22T15:28:49.875123+01:00`, local time; without a fraction when there is none. */
function isoLocal(timeSec: number): string {
  const micros = Math.round(timeSec * 1e6);
  const wholeSec = Math.floor(micros / 1e6);
  const civilSec = civilOf(wholeSec);
  const clock = new Date(civilSec * 1000).toISOString().slice(0, 19);
  const micro = micros - wholeSec * 1e6;
  const fraction = micro === 0 ? '' : `.${String(micro).padStart(6, '0')}`;
  return `${clock}${fraction}${offsetText(civilSec - wholeSec)}`;
}

/** `+01:00`; with seconds for the odd zones of the past. */
function offsetText(offsetSec: number): string {
  const text = new Date(Math.abs(offsetSec) * 1000).toISOString().slice(11, 19);
  return `${offsetSec < 0 ? '-' : '+'}${text.replace(/:00$/, '')}`;
}
