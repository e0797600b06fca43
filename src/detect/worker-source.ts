import { checkJournalSettings, lineCodec, type SourceSettings } from '../source/index.ts';

/** Whether the lines come from the journal. */
export function isJournal(source: SourceSettings): boolean {
  return source.backend === 'systemd';
}

/** Throws what is wrong with the settings of a source, before anything is started with them. */
export function checkSource(source: SourceSettings): void {
  lineCodec(source.logEncoding);
  if (isJournal(source)) checkJournalSettings(source);
}
