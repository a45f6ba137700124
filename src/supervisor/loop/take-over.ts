import {continuesStop, takeOver} from '../../domain/lifecycle/intention/takeover.ts';
import type {LifecycleEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {KeptState} from '../../domain/lifecycle/phases.ts';
import type {RestartPolicy} from '../../domain/lifecycle/restart-policy.ts';
import {findIntentionOf, findNewestIntention} from '../state-dir/find-intention.ts';
import type {AdoptableRun} from '../state-dir/journal.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import type {WithoutTime} from './clock.ts';

/** A run without a recorded end, and the state in which an earlier supervisor has left it, if that is known. */
export type FoundRun = AdoptableRun & {readonly keptState?: KeptState | null};

export type TakeoverCircumstances = {
  readonly nowMs: number;
  readonly bootId: string;
  /** The own process of the found run still exists. */
  readonly isRunAlive: boolean;
  /** In force now. */
  readonly policy: RestartPolicy;
};

/** What a new supervisor does with the run and the intention of an earlier one, as events for its lifecycle. */
export function takeoverEvents(
  found: FoundRun | null,
  entries: readonly JournalEntry[],
  {nowMs, bootId, isRunAlive, policy}: TakeoverCircumstances,
): readonly WithoutTime<LifecycleEvent>[] {
  const newest = findNewestIntention(entries);
  const recorded = newest === null ? null : {...newest, isOtherBoot: newest.bootId !== bootId};
  const run = found === null ? null : {...found, isAlive: isRunAlive};
  const takeover = takeOver({recorded, run}, {nowMs, policy});
  const adopted = found === null || run === null ? [] : [adoption(found, entries, continuesStop(run, takeover))];
  switch (takeover.kind) {
    case 'nothing':
      return adopted;
    case 'resume': {
      const {kind: _kind, ...resumed} = takeover;
      return [...adopted, {type: 'intention-resumed', ...resumed}];
    }
    case 'give-up': {
      const {kind: _kind, ...givenUp} = takeover;
      return [...adopted, {type: 'intention-given-up', ...givenUp}];
    }
  }
}

function adoption(
  {engineVersion, intentionId, ...found}: FoundRun,
  entries: readonly JournalEntry[],
  isStopRequested: boolean,
): WithoutTime<LifecycleEvent> {
  const intention = findIntentionOf(entries, intentionId);
  const isForced = intention?.start?.force === true;
  const isNewest = findNewestIntention(entries)?.intention.id === intentionId;
  // A newer command ends the finding.
  const rolledBack = isNewest ? (intention?.rolledBack ?? null) : null;
  return {type: 'engine-adopted', ...found, version: engineVersion, isStopRequested, isForced, rolledBack};
}
