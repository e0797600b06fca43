import type { JailSettings } from './jail-settings.ts';

/** Options that are set and that this version does not act on: said at each start, so that nobody relies on them. */
export function notYet(settings: JailSettings): readonly string[] {
  const messages: string[] = [];
  if (settings.banTimeExtra.get('increment') === true) {
    messages.push('bantime.increment is not done by this version: every ban lasts bantime');
  }
  return messages;
}
