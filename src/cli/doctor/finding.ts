/** One thing that a check looked at. */
export interface Finding {
  /** Part of the machine: `database`, `configuration`. */
  readonly about: string;
  /** `note`: worth knowing, and no obstacle. */
  readonly verdict: 'good' | 'note' | 'problem';
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  /** What to do about it. */
  readonly hint?: string;
}
