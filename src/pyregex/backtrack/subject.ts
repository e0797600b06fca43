/** A text as code points, with the way back to its UTF-16 indices. */
export interface Subject {
  readonly codes: Int32Array;
  readonly length: number;
  /** The UTF-16 index of a code point; undefined where both are the same. */
  readonly offsets: Int32Array | undefined;
}

export function readSubject(text: string): Subject {
  const codes = new Int32Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0xd800 && code <= 0xdfff) return readCodePoints(text);
    codes[index] = code;
  }
  return { codes, length: text.length, offsets: undefined };
}

function readCodePoints(text: string): Subject {
  const codes = new Int32Array(text.length);
  const offsets = new Int32Array(text.length + 1);
  let length = 0;
  for (let index = 0; index < text.length; length += 1) {
    const code = text.codePointAt(index)!;
    codes[length] = code;
    offsets[length] = index;
    index += code > 0xffff ? 2 : 1;
  }
  offsets[length] = text.length;
  return { codes, length, offsets };
}

/** The UTF-16 index of a place. */
export function toIndex(subject: Subject, place: number): number {
  return subject.offsets === undefined ? place : subject.offsets[place]!;
}

/** The place of a UTF-16 index; inside of a surrogate pair: that of the pair, as in V8. */
export function toPlace(subject: Subject, index: number): number {
  const { offsets, length } = subject;
  if (offsets === undefined) return index;
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
