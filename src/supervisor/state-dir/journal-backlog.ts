import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {findNewestIntention} from './find-intention.ts';
import type {JournalEntry} from './journal-entry.ts';
import type {Journal} from './open-journal.ts';
import {type StopEntry, type StopMarks, type StopSubject, subjectOf} from './stop-mark.ts';

/** More than a supervisor decides while nobody frees a disk; the oldest are dropped. */
const MOST_ENTRIES = 200;

/** A stop that is not in the journal; `notedIn`: the file that the next supervisor finds, null for none. */
export type UnrecordedStop = {readonly notedIn: string | null};

type Parts = {
  readonly journal: Journal;
  /** In the journal now. */
  readonly entries: readonly JournalEntry[];
  readonly marks: Pick<StopMarks, 'write' | 'remove'>;
  /** Null once it is recorded. */
  readonly onStop: (stop: UnrecordedStop | null) => void;
};

/**
 * A journal that loses nothing that is carried out although it cannot be written: entries that fail are written before the
 * next one that can be, in their order, and an operator's stop is noted elsewhere meanwhile. Refused is what was refused
 * because of it: a start.
 */
export function withBacklog({journal, entries, marks, onStop}: Parts): Journal {
  let backlog: readonly JournalEntry[] = [];
  let run = subjectOf(entries).run;
  let recorded = findNewestIntention(entries)?.intention.id ?? null;
  const written = (entry: JournalEntry): Result<null, ApiError> => {
    const result = journal.append(entry);
    if (result.ok && entry.type === 'intention-begun') {
      recorded = entry.intention.id;
      marks.remove();
      onStop(null);
    }
    return result;
  };
  const flush = (): Result<null, ApiError> => {
    while (backlog[0] !== undefined) {
      const result = written(backlog[0]);
      if (!result.ok) return result;
      backlog = backlog.slice(1);
    }
    return ok(null);
  };
  return {
    ...journal,
    append: (entry) => {
      if (entry.type === 'run-started') run = entry.run;
      const flushed = flush();
      const result = flushed.ok ? written(entry) : err(flushed.error);
      if (result.ok || !isCarriedOut(entry)) return result;
      backlog = [...backlog, entry].slice(-MOST_ENTRIES);
      if (isOperatorsStop(entry)) {
        const after: StopSubject = {run, intention: recorded};
        onStop({notedIn: marks.write({stop: entry, after})});
      }
      return result;
    },
  };
}

/** What took place whether it is recorded or not. What an intention replaces is superseded by it in any case. */
function isCarriedOut(entry: JournalEntry): boolean {
  if (entry.type === 'intention-begun') return entry.intention.cause !== 'operator' || isOperatorsStop(entry);
  return !(entry.type === 'intention-ended' && entry.outcome.kind === 'superseded');
}

function isOperatorsStop(entry: JournalEntry): entry is StopEntry {
  return entry.type === 'intention-begun' && entry.intention.cause === 'operator' && entry.intention.start === null;
}
