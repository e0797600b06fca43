import { WarderError } from '../../base/index.ts';
import type { UseDns } from '../types.ts';
import { expandTags } from './tags.ts';

/**
 * Why a regex of a filter was refused, in fail2ban's words. `error` is the `DETECT_RULE` that its compilation threw, for that regex alone.
 */
export function refusalOf(regex: string, useDns: UseDns, error: WarderError): string {
  if (regex.trimStart() === '') return 'Cannot add empty regex';
  const expanded = expandTags(regex, useDns);
  const { cause } = error;
  if (!(cause instanceof WarderError)) return `No failure-id group in '${expanded}'`;
  const [reason = ''] = cause.message.split('\n');
  const { index } = cause;
  const place = index === undefined ? '' : ` at position ${Array.from(expanded.slice(0, index)).length}`;
  return `Unable to compile regular expression '${expanded}':\n${reason}${place}`;
}
