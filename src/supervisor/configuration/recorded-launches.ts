import {assumedOrigins, type SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import type {LaunchBook} from './launch-book.ts';

/**
 * Adds the launches of earlier supervisors, oldest first: the newest run may be adopted, the last good settings used again.
 * What older versions did not record is assumed once, from the present configuration: a later edit is then an edit.
 */
export function keepRecordedLaunches(
  book: LaunchBook,
  entries: readonly JournalEntry[],
  configured: SettingsWithOrigins,
): void {
  for (const entry of entries) {
    if (entry.type !== 'run-started') continue;
    const {settings, configured: record} = entry;
    if (record === undefined) {
      book.keep(assumedOrigins(settings, configured));
      continue;
    }
    const {origins, installation, configured: then = configured.settings} = record;
    book.keep({settings, origins, configured: then}, installation);
  }
}
