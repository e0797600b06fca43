/** No zone is named. */
export const noZone = -100_000;

/** What was read of a date. One object is filled again and again, since lines are many. */
export class DateParts {
  /** The part that is cut out of the line, as indices of its bytes. */
  start = 0;
  end = 0;
  /** 0 where the text names no year. */
  year = 0;
  /** 1 to 12. */
  month = 0;
  day = 0;
  hour = 0;
  minute = 0;
  second = 0;
  /** Minutes east of Greenwich, or `noZone`. */
  zoneMin = noZone;
  /** The time itself, where the text tells it in seconds since the epoch; else not a number. */
  epochSec = Number.NaN;
}
