/** An index outside of the text means its nearest end, as for Python's `pos`. */
export function clampIndex(index: number, subject: string): number {
  return Math.min(Math.max(index, 0), subject.length);
}
