import { formatLogTime } from '../base/index.ts';

/** `2026-11-22 15:28:49` in local time, for many times that follow each other closely: the last text is kept. */
export class TimeText {
  #sec = Number.NaN;
  #text = '';

  of(timeSec: number): string {
    const sec = Math.floor(timeSec);
    if (sec !== this.#sec) {
      this.#sec = sec;
      this.#text = formatLogTime(sec).slice(0, 19);
    }
    return this.#text;
  }
}
