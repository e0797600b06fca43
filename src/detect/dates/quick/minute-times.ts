import { type DateField, timeOfFields } from '../fields.ts';
import { type DateParts, noZone } from './date-parts.ts';

const lastSecond = 59;

/**
 * Makes times of dates. Lines of a log follow each other closely, so the last minute is remembered, as long as "now" is
 * the same second: what a date leaves out is guessed from it.
 */
export class MinuteTimes {
  readonly #offsetMin: number | undefined;
  #minute = -1;
  #zoneMin = noZone;
  #nowSecond = -1;
  /** Time of the minute's first second; not a number where its seconds do not simply follow each other. */
  #startSec = Number.NaN;

  /** `offsetMin`: minutes east of Greenwich for dates without a zone; undefined means the machine's own zone. */
  constructor(offsetMin: number | undefined) {
    this.#offsetMin = offsetMin;
  }

  /** Seconds since the epoch; not a number where the date must be looked at as a whole: there may be none such. */
  timeOf(parts: DateParts, nowSec: number): number {
    const { year, month, day, hour, minute, second, zoneMin, epochSec } = parts;
    // Only the epoch's own spelling sets it.
    if (!Number.isNaN(epochSec)) return epochSec;
    const key = (((year * 12 + month) * 32 + day) * 24 + hour) * 60 + minute;
    const nowSecond = Math.floor(nowSec);
    if (key !== this.#minute || zoneMin !== this.#zoneMin || nowSecond !== this.#nowSecond) {
      this.#minute = key;
      this.#zoneMin = zoneMin;
      this.#nowSecond = nowSecond;
      this.#startSec = this.#startOf(parts, nowSec);
    }
    return this.#startSec + second;
  }

  #startOf(parts: DateParts, nowSec: number): number {
    const moment = { nowSec, offsetMin: this.#offsetMin };
    const first = timeOfFields(fieldsOf(parts, 0), moment);
    const last = timeOfFields(fieldsOf(parts, lastSecond), moment);
    return first === undefined || last === undefined || last - first !== lastSecond ? Number.NaN : first;
  }
}

function fieldsOf({ year, month, day, hour, minute, zoneMin }: DateParts, second: number): DateField[] {
  const fields: [string, number][] = [
    ['m', month],
    ['d', day],
    ['H', hour],
    ['M', minute],
    ['S', second],
  ];
  if (year > 0) fields.push(['Y', year]);
  const texts: DateField[] = fields.map(([name, value]) => [name, String(value)]);
  return zoneMin === noZone ? texts : [...texts, ['z', offsetText(zoneMin)]];
}

function offsetText(zoneMin: number): string {
  const minutes = Math.abs(zoneMin);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${zoneMin < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
