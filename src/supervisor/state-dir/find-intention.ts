import type {Intention, IntentionOutcome} from '../../domain/lifecycle/intention/intention.ts';
import type {IntentionStep} from '../../domain/lifecycle/intention/intention-facts.ts';
import type {EnvironmentRecord} from '../launch/engine-environment.ts';
import type {JournalEntry} from './journal-entry.ts';

/** The newest intention, with what is recorded of it. An earlier one is superseded by it, whatever is recorded. */
export type RecordedIntention = {
  readonly intention: Intention;
  readonly bootId: string;
  /** Of the node that it is about. */
  readonly simulated: {readonly directory: string} | null;
  /** Null while it is open. */
  readonly outcome: IntentionOutcome | null;
  readonly endedAtMs: number | null;
  /** In which steps other supervisors have taken it over, oldest first. */
  readonly continued: readonly IntentionStep[];
};

/** The newest intention of a journal, open or ended; null if none was ever recorded. */
export function findNewestIntention(entries: readonly JournalEntry[]): RecordedIntention | null {
  const begun = entries.findLast((entry) => entry.type === 'intention-begun');
  if (begun === undefined) return null;
  const {intention, bootId, simulated} = begun;
  const ended = entries.findLast((entry) => entry.type === 'intention-ended' && entry.id === intention.id);
  const continued = entries.filter((entry) => entry.type === 'intention-continued');
  return {
    intention,
    bootId,
    simulated,
    outcome: ended?.type === 'intention-ended' ? ended.outcome : null,
    endedAtMs: ended?.atMs ?? null,
    continued: continued.filter(({id}) => id === intention.id).map(({step}) => step),
  };
}

export type RecordedEnvironments = {
  /** In which the operator last requested a start; null if that was not recorded. */
  readonly requestedEnvironment: EnvironmentRecord | null;
  /** Of the request that led to the newest run; null for none, and if that was not recorded. */
  readonly environmentOfRun: EnvironmentRecord | null;
};

/** The environments in which the operator has requested starts. */
export function findEnvironments(entries: readonly JournalEntry[]): RecordedEnvironments {
  const begun = entries.filter((entry) => entry.type === 'intention-begun');
  const started = entries.findLast((entry) => entry.type === 'run-started');
  return {
    requestedEnvironment: begun.findLast(({intention}) => intention.start !== null)?.environment ?? null,
    environmentOfRun: begun.findLast(({intention}) => intention.id === started?.intention)?.environment ?? null,
  };
}

/** The newest intention, unless its end is recorded. A journal that is compacted keeps all entries of it. */
export function findOpenIntention(entries: readonly JournalEntry[]): RecordedIntention | null {
  const newest = findNewestIntention(entries);
  return newest?.outcome === null ? newest : null;
}

/** The settings and the fallback that a run was started for; null if that was not recorded. */
export function findIntentionOf(entries: readonly JournalEntry[], id: string | null): Intention | null {
  const begun = entries.filter((entry) => entry.type === 'intention-begun');
  return begun.findLast(({intention}) => intention.id === id)?.intention ?? null;
}
