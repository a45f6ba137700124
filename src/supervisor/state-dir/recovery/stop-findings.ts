import {type Finding, findingOf} from '../../../domain/diagnosis/finding.ts';
import type {Observation} from '../../snapshot/observation.ts';
import type {UnrecordedStop} from '../journal-backlog.ts';

/** The operator's stop is not in the journal, and noted elsewhere. */
export const STOP_NOTED = 'journal.stop-noted';
/** The operator's stop is not in the journal, and nowhere else. */
export const STOP_UNRECORDED = 'journal.stop-unrecorded';

/** What a stop that the journal lacks means for the next supervisor. */
export function unrecordedStopFinding({notedIn}: UnrecordedStop): Finding {
  if (notedIn !== null) {
    return findingOf(
      {
        code: STOP_NOTED,
        message: `The stop could not be written to the journal. It is noted in ${notedIn}, where the next supervisor finds it: the engine is not restarted.`,
        remedy: 'Free space in the state directory, or make it writable. A reboot before that may lose the note.',
      },
      'warning',
    );
  }
  return findingOf(
    {
      code: STOP_UNRECORDED,
      message:
        'The stop could not be recorded anywhere: the next supervisor takes it for a crash, and may restart the engine.',
      remedy: 'Free space in the state directory, or make it writable, and then run gantry down again.',
    },
    'critical',
  );
}

/** Raises or ends the finding about it. */
export function unrecordedStopObservation(stop: UnrecordedStop | null): Observation {
  if (stop === null) return {type: 'own-finding-resolved', topic: STOP_UNRECORDED};
  return {type: 'own-finding', finding: unrecordedStopFinding(stop), topic: STOP_UNRECORDED};
}
