import type {LaunchSettings} from '../../settings/launch-settings.ts';
import {sameSettings} from '../../settings/settings-difference.ts';
import type {LifecycleEvent, LifecycleState, Transition} from '../lifecycle.ts';
import type {GivenUp, Intention, IntentionOutcome, IntentionRecord} from './intention.ts';

/** True where the engine is what was asked for: it serves with these settings; null: it is stopped. */
export function isReached(goal: LaunchSettings | null, {state, pending, settings}: LifecycleState): boolean {
  if (goal === null) return state === 'stopped';
  return state === 'ready' && pending === null && settings !== null && sameSettings(goal, settings);
}

/**
 * Completes a transition with what is to be recorded of intentions: one that has begun, one that has ended. A command
 * that finds its goal reached is none.
 */
export function followIntention(before: LifecycleState, next: Transition, event: LifecycleEvent): Transition {
  if (next.state === before) return next;
  const {atMs} = event;
  const {intention} = next.state;
  const isNew = intention !== null && intention.id !== before.intention?.id;
  // The cause of a crash may become known after it.
  const isChanged = intention !== null && intention !== before.intention;
  const records: IntentionRecord[] = [];
  if (isChanged) {
    const {id} = intention;
    const step = event.type === 'intention-resumed' ? event.step : null;
    records.push(
      step === null ? {type: 'intention-begun', atMs, intention} : {type: 'intention-continued', atMs, id, step},
    );
  }
  if (isNew && before.intention !== null) {
    const outcome = replacedBy(intention, next.state);
    records.push({type: 'intention-ended', atMs, id: before.intention.id, outcome});
  }
  if (event.type === 'intention-given-up' && next.state.givenUp !== before.givenUp && !event.isRecorded) {
    const {step, reason} = event;
    const outcome = {kind: 'given-up', step, reason} as const;
    records.push({type: 'intention-ended', atMs, id: event.intention.id, outcome});
  }
  const outcome = outcomeIn(next.state);
  if (outcome === null || intention === null)
    return withRecords(next, isNew ? records : [...records, ...overruled(before, next, event)]);
  const isNothing = isNew && before.intention === null && outcome.kind === 'done' && event.type !== 'intention-resumed';
  const isGivenUp = next.state.givenUp?.intention === intention;
  const refused = outcome.kind === 'failed' ? refusalOf(before, next.state, atMs) : null;
  const givenUp = isGivenUp ? next.state.givenUp : refused;
  const ended = givenUp === null ? outcome : {kind: 'given-up' as const, step: givenUp.step, reason: givenUp.reason};
  records.push({type: 'intention-ended', atMs, id: intention.id, outcome: ended});
  const state = {...next.state, intention: null, continuedStep: null, givenUp: givenUp ?? next.state.givenUp};
  return withRecords({...next, state}, isNothing ? overruled(before, next, event) : records);
}

/** What was given up is over with the next command, also with one that finds its goal reached. */
function overruled({givenUp}: LifecycleState, next: Transition, {type, atMs}: LifecycleEvent): IntentionRecord[] {
  if (givenUp === null || next.state.givenUp !== null) return [];
  const by = next.state.intention?.id ?? `${type}-${atMs}`;
  return [{type: 'intention-ended', atMs, id: givenUp.intention.id, outcome: {kind: 'superseded', by}}];
}

function withRecords(next: Transition, records: readonly IntentionRecord[]): Transition {
  return records.length === 0 ? next : {...next, intentions: records};
}

/** The policy answers a failure; an operator decides something else. */
function replacedBy({id, cause}: Intention, {diagnosis, rolledBack}: LifecycleState): IntentionOutcome {
  if (cause === 'operator') return {kind: 'superseded', by: id};
  const reason = cause === 'rollback' ? rolledBack?.cause : diagnosis;
  return {kind: 'failed', code: reason?.code ?? null};
}

function outcomeIn(state: LifecycleState): IntentionOutcome | null {
  const {intention, diagnosis} = state;
  if (intention === null) return null;
  if (isReached(intention.start?.settings ?? null, state)) return {kind: 'done'};
  const isDown = state.state === 'failed' || state.state === 'stopped';
  return isDown ? {kind: 'failed', code: diagnosis?.code ?? null} : null;
}

/** What an earlier supervisor was asked for, and is refused before there is a process. */
function refusalOf(before: LifecycleState, {diagnosis}: LifecycleState, atMs: number): GivenUp | null {
  const {intention, continuedStep, run, state} = before;
  const isBeforeProcess = run === null && (state === 'preflight' || state === 'starting');
  if (intention === null || continuedStep === null || !isBeforeProcess || diagnosis === null) return null;
  const {code, message} = diagnosis;
  return {intention, step: continuedStep, reason: {kind: 'refused', code, message}, atMs};
}
