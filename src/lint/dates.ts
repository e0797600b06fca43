import type { SurveyedFilter } from '../config/index.ts';
import type { Finding } from './types.ts';

/** What makes a date pattern find a date: a directive, the default dates, or a number of seconds. */
const dateField = /%[a-zA-Z]|\{(?:DATE|DEFAULT|\^LN-BEG|L?EPOCH)\}|^(?:\^|\{\^LN-BEG\})?(?:L?EPOCH|TAI64N)$/i;
/** A date of no length, cut out in front of the message, is the other way to say that there is none. */
const noDate = /\{NONE\}|\(\)/i;

/** Whether the filter's lines have a date. */
export function checkDates(name: string, { filter }: SurveyedFilter): Finding[] {
  const { datePattern } = filter;
  if (datePattern === undefined || datePattern.trim() === '') return [];
  const patterns = datePattern
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const command = filter.commands.find(({ args }) => args[2] === 'datepattern');
  const common = { code: 'LINT_NO_DATE', filter: name, option: 'datepattern', ...command?.origin } as const;
  if (patterns.some((pattern) => noDate.test(pattern))) {
    const message =
      'the lines have no date, says the datepattern: they count as of the time when they are read';
    return [{ ...common, severity: 'info', message }];
  }
  return patterns
    .filter((pattern) => !dateField.test(pattern))
    .map((pattern) => ({
      ...common,
      severity: 'warning',
      message: `the datepattern "${pattern}" can find no date, so that lines count as of the time when they are read`,
      hint: 'name the parts of the date, such as %Y-%m-%d %H:%M:%S; write {NONE} where there is none',
    }));
}
