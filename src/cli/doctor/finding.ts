/** One thing that a check looked at. */
export interface Finding {
  /** Part of the machine: `database`, `configuration`. */
  readonly about: string;
  /**
   * `note`: worth knowing, and no obstacle; `warning`: it works, and may soon or partly not; `problem`: something is not guarded,
   * or going back would fail.
   */
  readonly verdict: Verdict;
  /** What was seen. */
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  /** What to do about it. */
  readonly hint?: string;
}

export type Verdict = 'good' | 'note' | 'warning' | 'problem';

/** Where a finding belongs to, and what to do. */
export type FindingExtras = Pick<Finding, 'file' | 'line' | 'hint'>;

type Make = (message: string, extras?: FindingExtras) => Finding;

/** Makes the findings of one check. */
export function findingsAbout(about: string): Readonly<Record<Verdict, Make>> {
  const make =
    (verdict: Verdict): Make =>
    (message, extras = {}) => ({ about, verdict, message, ...extras });
  return { good: make('good'), note: make('note'), warning: make('warning'), problem: make('problem') };
}
