import type {Journal} from '../open-journal.ts';
import {type StopMarks, subjectOf} from '../stop-mark.ts';
import type {RecoveredRuns} from './recover-runs.ts';

/**
 * What was found, with a stop that an operator requested and that could not be written to the journal: it is written now. A
 * mark about an earlier run or command is removed.
 *
 * @param journal - removes the mark once it is written, see `withBacklog`
 */
export function recoverStop(
  runs: RecoveredRuns,
  journal: Pick<Journal, 'append'>,
  marks: Pick<StopMarks, 'find' | 'remove'>,
): RecoveredRuns {
  const mark = marks.find(subjectOf(runs.entries));
  if (mark === null) {
    marks.remove();
    return runs;
  }
  const written = journal.append(mark.stop);
  const problems = written.ok ? runs.problems : [...runs.problems, written.error];
  return {...runs, problems, entries: [...runs.entries, mark.stop]};
}
