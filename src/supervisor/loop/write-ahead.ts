import type {ApiError} from '../../api/commands.ts';
import type {IntentionRecord} from '../../domain/lifecycle/intention/intention.ts';
import type {LifecycleEvent, Refusal, Transition} from '../../domain/lifecycle/lifecycle.ts';
import type {Result} from '../../shared/result.ts';
import {readBootId} from '../process/process-identity.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import type {Journal} from '../state-dir/open-journal.ts';

type Parts = {
  readonly journal: Pick<Journal, 'append'>;
  readonly simulatedNode: string | null;
  readonly onJournalResult: (result: Result<null, ApiError>) => void;
};

/**
 * Records what was decided before anything is done about it. A start that cannot be recorded is refused: nobody could
 * carry it on. A stop, and what the policy decides, is carried out anyway.
 */
export function createWriteAhead({journal, simulatedNode, onJournalResult}: Parts) {
  return ({intentions = []}: Pick<Transition, 'intentions'>, {type}: Pick<LifecycleEvent, 'type'>): Refusal | null => {
    for (const record of intentions) {
      const written = journal.append(entryOf(record, simulatedNode));
      onJournalResult(written);
      const isStart = type === 'start-requested' || type === 'restart-requested';
      if (!written.ok && isStart && record.type === 'intention-begun') return written.error;
    }
    return null;
  };
}

function entryOf(record: IntentionRecord, simulatedNode: string | null): JournalEntry {
  if (record.type !== 'intention-begun') return record;
  const simulated = simulatedNode === null ? null : {directory: simulatedNode};
  return {...record, bootId: readBootId(), simulated};
}
