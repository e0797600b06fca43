import { type CharSet, onlyMember } from '../charset/charset.ts';
import type {
  ConditionalPart,
  Fold,
  LookPart,
  Position,
  RepeatPart,
  Resolved,
} from '../transform/resolved.ts';

/** A pattern as instructions: an operation and its arguments, one number each. */
export interface Program {
  readonly code: readonly number[];
  /** The sets that instructions name by index. */
  readonly sets: readonly CharSet[];
}

/** The operations, with their arguments. */
export const operations = {
  /** No way on from here. Stands at address 0. */
  fail: 0,
  success: 1,
  /** code point */
  char: 2,
  /** set */
  set: 3,
  /** index of `positionOrder` */
  position: 4,
  /** set, 1 if negated */
  boundary: 5,
  /** address to go on at if what follows fails */
  split: 6,
  /** address */
  jump: 7,
  /** index of the mark */
  mark: 8,
  /** set, least count, greatest count, index of `modeOrder` */
  repeatChar: 9,
  /** address of the `turn` */
  enterLoop: 10,
  /** least count, greatest count, address of the body, 1 if lazy */
  turn: 11,
  /** index of `barrierOrder`, width to go back, address behind */
  barrier: 12,
  /** Ends what the innermost barrier began. */
  endBarrier: 13,
  /** group, index of `foldOrder` */
  reference: 14,
  /** group, address if it is unset */
  condition: 15,
} as const;

export const positionOrder: readonly Position[] = [
  'textStart',
  'lineStart',
  'textEnd',
  'lineEnd',
  'lastLineEnd',
];
export const modeOrder = ['greedy', 'lazy', 'possessive'] as const;
export const barrierOrder = ['look', 'lookNot', 'atomic'] as const;
export const foldOrder: readonly Fold[] = ['none', 'ascii', 'unicode'];

/** Counts are kept in 32 bits; no text is longer. */
const greatestCount = 2 ** 31 - 1;

export function compileProgram(root: Resolved): Program {
  const compiler = new Compiler();
  compiler.emit(root);
  compiler.finish();
  return compiler;
}

class Compiler implements Program {
  readonly code: number[] = [operations.fail];
  readonly sets: CharSet[] = [];
  readonly #setIndexes = new Map<CharSet, number>();

  finish(): void {
    this.code.push(operations.success);
  }

  emit(part: Resolved): void {
    switch (part.kind) {
      case 'char':
        this.#emitChar(part.set);
        break;
      case 'position':
        this.code.push(operations.position, positionOrder.indexOf(part.at));
        break;
      case 'boundary':
        this.code.push(operations.boundary, this.#setIndex(part.word), part.negated ? 1 : 0);
        break;
      case 'sequence':
        for (const item of part.items) this.emit(item);
        break;
      case 'alternation':
        this.#emitAlternation(part.options);
        break;
      case 'repeat':
        this.#emitRepeat(part);
        break;
      case 'capture':
        this.code.push(operations.mark, 2 * part.group - 2);
        this.emit(part.body);
        this.code.push(operations.mark, 2 * part.group - 1);
        break;
      case 'atomic':
        this.#emitAtomic(() => this.emit(part.body));
        break;
      case 'look':
        this.#emitLook(part);
        break;
      case 'backreference':
        this.code.push(operations.reference, part.group, foldOrder.indexOf(part.fold));
        break;
      case 'conditional':
        this.#emitConditional(part);
        break;
    }
  }

  #emitChar(set: CharSet): void {
    const code = onlyMember(set);
    if (code === undefined) this.code.push(operations.set, this.#setIndex(set));
    else this.code.push(operations.char, code);
  }

  #emitAlternation(options: readonly Resolved[]): void {
    const ends: number[] = [];
    for (const option of options) {
      const split = this.#emitWithGap(operations.split);
      this.emit(option);
      ends.push(this.#emitWithGap(operations.jump));
      this.#fill(split);
    }
    this.code.push(operations.fail);
    for (const end of ends) this.#fill(end);
  }

  #emitRepeat(part: RepeatPart): void {
    const { body, mode } = part;
    const [min, max] = [Math.min(part.min, greatestCount), Math.min(part.max, greatestCount)];
    if (body.kind === 'char') {
      this.code.push(operations.repeatChar, this.#setIndex(body.set), min, max, modeOrder.indexOf(mode));
    } else if (mode === 'possessive') {
      const turn: Resolved = { kind: 'atomic', body };
      this.#emitAtomic(() => this.#emitLoop(turn, min, max, false));
    } else {
      this.#emitLoop(body, min, max, mode === 'lazy');
    }
  }

  #emitLoop(body: Resolved, min: number, max: number, lazy: boolean): void {
    const enter = this.#emitWithGap(operations.enterLoop);
    const bodyAddress = this.code.length;
    this.emit(body);
    this.#fill(enter);
    this.code.push(operations.turn, min, max, bodyAddress, lazy ? 1 : 0);
  }

  #emitAtomic(emitBody: () => void): void {
    this.code.push(operations.barrier, barrierOrder.indexOf('atomic'), 0, 0);
    emitBody();
    this.code.push(operations.endBarrier);
  }

  #emitLook(part: LookPart): void {
    const kind = barrierOrder.indexOf(part.negated ? 'lookNot' : 'look');
    this.code.push(operations.barrier, kind, part.width);
    const behind = this.#emitGap();
    this.emit(part.body);
    this.code.push(operations.endBarrier);
    this.#fill(behind);
  }

  #emitConditional(part: ConditionalPart): void {
    this.code.push(operations.condition, part.group);
    const otherwise = this.#emitGap();
    this.emit(part.yes);
    const end = this.#emitWithGap(operations.jump);
    this.#fill(otherwise);
    this.emit(part.no);
    this.#fill(end);
  }

  /** An operation whose address is not known yet; the result goes to `fill`. */
  #emitWithGap(operation: number): number {
    this.code.push(operation);
    return this.#emitGap();
  }

  #emitGap(): number {
    return this.code.push(0) - 1;
  }

  #fill(gap: number): void {
    this.code[gap] = this.code.length;
  }

  #setIndex(set: CharSet): number {
    const known = this.#setIndexes.get(set);
    if (known !== undefined) return known;
    const index = this.sets.push(set) - 1;
    this.#setIndexes.set(set, index);
    return index;
  }
}
