import type { Terminal } from '../terminal.ts';
import type { VerdictSink } from './sinks.ts';
import type { Tally } from './tally.ts';

/** Says nothing. */
export const silentTerminal: Terminal = { isTerminal: false, out: () => undefined, err: () => undefined };

/** Counts only. `onTrouble`: there was a line whose trouble has to be told. */
export function tallySink(tally: Tally, onTrouble: () => void): VerdictSink {
  return {
    add: (verdict) => {
      tally.add(verdict);
      if (verdict.trouble !== undefined) onTrouble();
      return undefined;
    },
    get takesMissed() {
      return tally.takesMissed;
    },
    addMissed: (hasPrefix) => tally.addMissed(hasPrefix),
    addCounted: (counted) => tally.addCounted(counted),
    keep: (kind, text) => tally.keep(kind, text),
    addSkipped: () => undefined,
    end: () => undefined,
  };
}
