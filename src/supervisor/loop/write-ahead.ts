import type {ApiError} from '../../api/commands.ts';
import type {IntentionRecord} from '../../domain/lifecycle/intention/intention.ts';
import type {LifecycleEvent, Refusal, Transition} from '../../domain/lifecycle/lifecycle.ts';
import type {EnvironmentDifference, ReportedDifference} from '../../domain/preflight/environment-difference.ts';
import type {Result} from '../../shared/result.ts';
import type {ValueDigests} from '../access/value-digests.ts';
import {differenceFrom, type EnvironmentRecord, recordEnvironment} from '../launch/engine-environment.ts';
import {readBootId} from '../process/process-identity.ts';
import type {RecordedEnvironments} from '../state-dir/find-intention.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import type {Journal} from '../state-dir/open-journal.ts';

type Parts = {
  readonly environments: RecordedEnvironments;
  readonly digests: ValueDigests;
  /** The environment of this supervisor, which is that of an engine it starts. */
  readonly environment: NodeJS.ProcessEnv;
  readonly journal: Pick<Journal, 'append'>;
  readonly simulatedNode: string | null;
  readonly onJournalResult: (result: Result<null, ApiError>) => void;
};

export type WriteAhead = {
  /** Writes what was decided; the refusal of a start that cannot be recorded. */
  readonly write: (step: Pick<Transition, 'intentions'>, event: Pick<LifecycleEvent, 'type'>) => Refusal | null;
  /** How the environment of this supervisor differs from the one in which the operator last requested a start. */
  readonly difference: () => EnvironmentDifference | null;
  /** A run was adopted, or started just now. Returns what is to be reported of its environment. */
  readonly noteRun: (isAdopted: boolean) => ReportedDifference | null;
};

/**
 * Records what was decided before anything is done about it. A start that cannot be recorded is refused: nobody could
 * carry it on. A stop, and what the policy decides, is carried out anyway.
 */
export function createWriteAhead({
  journal,
  simulatedNode,
  onJournalResult,
  environments,
  environment,
  digests,
}: Parts): WriteAhead {
  let requested = environments.requestedEnvironment;
  let difference = differenceFrom(requested, environment, digests);
  let ofRun = differenceFrom(environments.environmentOfRun, environment, digests);
  /** Of the run before the operator's newest request: a request that led to no run is none to compare with. */
  let before = ofRun;
  return {
    difference: () => difference,
    noteRun: (isAdopted) => {
      if (!isAdopted) ofRun = difference;
      if (difference !== null) return {start: isAdopted ? 'adopted' : 'automatic', difference};
      return isAdopted || before === null ? null : {start: 'requested', difference: before};
    },
    write: ({intentions = []}, {type}) => {
      for (const record of intentions) {
        if (isOperatorsStart(record)) {
          before = ofRun;
          difference = null;
          requested = recordEnvironment(environment, digests);
        }
        const written = journal.append(entryOf(record, simulatedNode, requested));
        onJournalResult(written);
        const isStart = type === 'start-requested' || type === 'restart-requested';
        if (!written.ok && isStart && record.type === 'intention-begun') return written.error;
      }
      return null;
    },
  };
}

/** The policy starts what an operator has requested before. */
function isOperatorsStart(record: IntentionRecord): boolean {
  return record.type === 'intention-begun' && record.intention.cause === 'operator' && record.intention.start !== null;
}

function entryOf(
  record: IntentionRecord,
  simulatedNode: string | null,
  environment: EnvironmentRecord | null,
): JournalEntry {
  if (record.type !== 'intention-begun') return record;
  const simulated = simulatedNode === null ? null : {directory: simulatedNode};
  const requested = environment === null || record.intention.start === null ? {} : {environment};
  return {...record, bootId: readBootId(), simulated, ...requested};
}
