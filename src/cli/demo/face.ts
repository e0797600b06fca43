import type { styleText } from 'node:util';
import { escapeControl } from '../../base/index.ts';
import { makePainter, type Painter } from '../rule-test/paint.ts';
import type { Terminal } from '../terminal.ts';

type Style = Parameters<typeof styleText>[0];

/** Who or what a line of the demo is about, with its colour. */
const speakers = {
  stage: 'dim',
  log: 'dim',
  found: 'yellow',
  ban: ['bold', 'red'],
  firewall: 'magenta',
  attacker: 'red',
  bystander: 'green',
  tarpit: 'magenta',
  unban: ['bold', 'green'],
  warder: 'cyan',
  error: ['bold', 'red'],
} as const satisfies Readonly<Record<string, Style>>;

export type Speaker = keyof typeof speakers;

/** How the demo shows itself. */
export interface Face {
  /** What is to come. */
  scene(title: string): void;
  /** A thing that happened. `facts`: for programs, beside the text. */
  say(speaker: Speaker, text: string, facts?: Readonly<Record<string, unknown>>): void;
  /** What is being waited for, as long as it is; only a terminal shows it. */
  waiting(text: string): void;
  /** The last words. */
  end(outcome: 'done' | 'interrupted' | 'failed', text: string): void;
}

const speakerWidth = Math.max(...Object.keys(speakers).map((name) => name.length));
/** Below this the text gets lines of its own. */
const narrowColumns = 60;
const leastColumns = 20;

/** Lines for people: a time line with colours and, on a terminal, broken to its width. */
export class TextFace implements Face {
  readonly #terminal: Terminal;
  readonly #painter: Painter;
  readonly #columns: number;
  readonly #elapsedSec: () => number;
  #scenes = 0;
  #isWaiting = false;

  /** `columns`: of the terminal; lines in a pipe are never broken. */
  constructor(terminal: Terminal, columns: number | undefined, elapsedSec: () => number) {
    this.#terminal = terminal;
    this.#painter = makePainter(terminal.isTerminal);
    this.#columns = terminal.isTerminal ? Math.max(columns ?? 80, leastColumns) : Number.POSITIVE_INFINITY;
    this.#elapsedSec = elapsedSec;
  }

  scene(title: string): void {
    this.#scenes += 1;
    const lines = wrap(`${this.#scenes}. ${title}`, this.#columns);
    this.#put(['', ...lines.map((line) => this.#painter.text(line, 'bold'))]);
  }

  say(speaker: Speaker, text: string): void {
    const time = `${this.#elapsedSec().toFixed(1).padStart(5)} s`;
    const head = `${this.#painter.text(time, 'dim')}  ${this.#painter.text(speaker.padEnd(speakerWidth), speakers[speaker])}`;
    const isNarrow = this.#columns < narrowColumns;
    const indent = isNarrow ? 4 : time.length + 2 + speakerWidth + 2;
    const style = speaker === 'log' || speaker === 'stage' ? 'dim' : undefined;
    const lines = wrap(text, this.#columns - indent).map((line) => this.#painter.text(line, style));
    if (isNarrow) this.#put([head.trimEnd(), ...lines.map((line) => ' '.repeat(indent) + line)]);
    else
      this.#put(lines.map((line, index) => (index === 0 ? `${head}  ${line}` : ' '.repeat(indent) + line)));
  }

  waiting(text: string): void {
    if (!this.#terminal.isTerminal) return;
    const shown = `… ${text}`.slice(0, this.#columns - 1);
    this.#terminal.out(`\r\x1b[K${this.#painter.text(shown, 'dim')}`);
    this.#isWaiting = true;
  }

  end(outcome: 'done' | 'interrupted' | 'failed', text: string): void {
    const style = outcome === 'done' ? 'green' : outcome === 'failed' ? 'red' : 'yellow';
    this.#put(['', ...wrap(text, this.#columns).map((line) => this.#painter.text(line, style))]);
  }

  #put(lines: readonly string[]): void {
    const clear = this.#isWaiting ? '\r\x1b[K' : '';
    this.#isWaiting = false;
    this.#terminal.out(`${clear}${lines.join('\n')}\n`);
  }
}

/** A line of JSON for each thing that happens. */
export class JsonFace implements Face {
  readonly #terminal: Terminal;
  readonly #elapsedSec: () => number;
  #scene = 0;

  constructor(terminal: Terminal, elapsedSec: () => number) {
    this.#terminal = terminal;
    this.#elapsedSec = elapsedSec;
  }

  scene(title: string): void {
    this.#scene += 1;
    this.#put({ kind: 'scene', text: title });
  }

  say(speaker: Speaker, text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#put({ kind: speaker, text, ...facts });
  }

  waiting(): void {
    // Nothing has happened.
  }

  end(outcome: string, text: string): void {
    this.#put({ kind: 'end', outcome, text });
  }

  #put(fields: Readonly<Record<string, unknown>>): void {
    const atSec = Math.round(this.#elapsedSec() * 1000) / 1000;
    this.#terminal.out(`${JSON.stringify({ atSec, scene: this.#scene, ...fields })}\n`);
  }
}

/** Breaks a text at spaces into lines of at most `columns`; a longer word is cut. What is unsafe to print is escaped. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of escapeControl(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    while (word.length > columns) {
      lines.push(word.slice(0, columns));
      word = word.slice(columns);
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
