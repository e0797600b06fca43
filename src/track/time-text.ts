import { formatLogTime } from '../base/index.ts';

/** From here on fail2ban shows the end of the year 9999, whatever the time zone. */
const latestSec = 253_402_214_400;

/** `2026-11-22 15:28:49` in local time. */
export function timeText(timeSec: number): string {
  return formatLogTime(Math.floor(timeSec)).slice(0, 19);
}

/** The same for the end of a ban, which may lie beyond what four digits of a year hold. */
export function endText(timeSec: number): string {
  return timeSec < latestSec ? timeText(timeSec) : '9999-12-31 23:59:59';
}

/** `2026-11-22 15:28:49` in local time, for many times that follow each other closely: the last text is kept. */
export class TimeText {
  #sec = Number.NaN;
  #text = '';

  of(timeSec: number): string {
    const sec = Math.floor(timeSec);
    if (sec !== this.#sec) {
      this.#sec = sec;
      this.#text = timeText(sec);
    }
    return this.#text;
  }
}
