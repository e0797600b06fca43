/** What bounds the notices; an action may lower the first four by properties of these names in small letters. */
export const limits = {
  /** Notices of one action that may wait; a further one is dropped, and counted. */
  queue: 200,
  /** Attempts after the first one. */
  retries: 4,
  /** Matching lines in one notice, the newest ones. */
  lines: 1000,
  /** An action that enforces (at a provider, say) may need more. */
  longestQueue: 20_000,
  mostRetries: 20,
  /** Nobody wants to hear of it any more. */
  longestAgeSec: 3600,
  /** Of one value, such as all matching lines. */
  valueBytes: 64 * 1024,
  /** Of one line in it. */
  lineLength: 2000,
  /** Of a whole message or request. */
  messageBytes: 512 * 1024,
  /** Between two attempts: at first so long, then doubled each time. */
  firstPauseSec: 5,
  longestPauseSec: 300,
  /** Notices under way at the same time, in all. */
  atOnce: 6,
  /** Actions that have notices waiting. */
  timeoutSec: 60,
  longestTimeoutSec: 300,
} as const;
