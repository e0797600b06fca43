import { WarderError } from '../../base/index.ts';

const firstSize = 1024;
/** 64 MB; the steps run out before in all but wilfully strange patterns. */
const largestSize = 16 * 1024 * 1024;

/** A stack of 32-bit integers that grows, within a bound. */
export class GrowingInts {
  values = new Int32Array(firstSize);

  /** Makes room for `length` values. Throws REGEX_STEP_LIMIT at the bound. */
  reserve(length: number): void {
    if (length <= this.values.length) return;
    if (length > largestSize) {
      throw new WarderError('REGEX_STEP_LIMIT', 'a regex needs more memory for one text than is allowed');
    }
    const grown = new Int32Array(Math.min(largestSize, Math.max(length, 2 * this.values.length)));
    grown.set(this.values);
    this.values = grown;
  }

  /** Gives memory back that one unusual text has needed. */
  release(): void {
    if (this.values.length > firstSize) this.values = new Int32Array(firstSize);
  }
}
