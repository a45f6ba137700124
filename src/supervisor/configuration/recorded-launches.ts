import type {JournalEntry} from '../state-dir/journal-entry.ts';
import type {LaunchBook} from './launch-book.ts';

/** Adds the launches of earlier supervisors, oldest first: the newest run may be adopted, the last good settings used again. */
export function keepRecordedLaunches(book: LaunchBook, entries: readonly JournalEntry[]): void {
  for (const entry of entries) {
    if (entry.type !== 'run-started' || entry.configured === undefined) continue;
    book.keep({settings: entry.settings, origins: entry.configured.origins}, entry.configured.installation);
  }
}
