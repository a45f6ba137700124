import type {Event, NewEvent} from '../../api/event-schema.ts';
import {isReached} from '../../domain/lifecycle/intention/intention-end.ts';
import {givenUpFinding} from '../../domain/lifecycle/intention/intention-findings.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {sameSettings} from '../../domain/settings/settings-difference.ts';
import {roughDurationText} from '../../shared/quantities/durations.ts';
import {OPEN, type Sender, senderDetails, senderText} from './command-events.ts';

/** What a command leads to: an engine that serves with these settings; null: no engine. */
export type Goal = LaunchSettings | null;

/** An accepted command that has not reached its goal. */
export type OpenCommand = {
  /** Number of its `command.accepted` event. */
  readonly id: number;
  readonly command: 'start' | 'stop' | 'restart';
  readonly sender: Sender;
  readonly acceptedAtMs: number;
  readonly goal: Goal;
  /** A start that found another one under way, and started nothing itself. */
  readonly isJoining: boolean;
};

/** What is left open, and the events of the commands that ended. */
export type Followed = {readonly open: readonly OpenCommand[]; readonly ended: readonly NewEvent[]};

type Ending =
  | {readonly kind: 'done'}
  | {readonly kind: 'failed'; readonly reason: string; readonly finding: string | null}
  | {readonly kind: 'cancelled'; readonly by: OpenCommand};

/** What the engine is on its way to. */
export function goalOf({state, pending, settings}: LifecycleState): Goal {
  if (pending !== null) return pending.settings;
  return state === 'draining' || state === 'stopping' || state === 'stopped' ? null : settings;
}

/** After another command was accepted: those that lead elsewhere are cancelled by it. */
export function afterCommand(open: readonly OpenCommand[], next: OpenCommand, at: Moment): Followed {
  const isCancelled = ({goal}: OpenCommand) => !sameGoal(goal, next.goal);
  return {
    open: open.filter((command) => !isCancelled(command)),
    ended: open.filter(isCancelled).map((command) => endOf(command, {kind: 'cancelled', by: next}, at)),
  };
}

/** After a change of the lifecycle. An engine that went down, or back to earlier settings, fails what led to it. */
export function afterChange(open: readonly OpenCommand[], state: LifecycleState, at: Moment): Followed {
  return settled(open, (command) => endingIn(state, command), at);
}

/**
 * Commands of an earlier supervisor, after this one has taken over: those that it carries on stay open, the others have
 * ended without it.
 */
export function afterTakeover(events: readonly Event[], state: LifecycleState, at: Moment): Followed {
  const goal = goalOf(state);
  const unended = unendedIn(events).map((command) => ({...command, goal: command.command === 'stop' ? null : goal}));
  return settled(unended, (command) => endingAfterTakeover(state, command), at);
}

type Moment = {readonly atMs: number; readonly runId: string | null};

function settled(open: readonly OpenCommand[], end: (command: OpenCommand) => Ending | null, at: Moment): Followed {
  const left: OpenCommand[] = [];
  const ended: NewEvent[] = [];
  for (const command of open) {
    const ending = end(command);
    if (ending === null) left.push(command);
    else ended.push(endOf(command, ending, at));
  }
  return {open: left, ended};
}

function endingIn(state: LifecycleState, {goal}: OpenCommand): Ending | null {
  if (isReached(goal, state)) return {kind: 'done'};
  const {rolledBack, diagnosis} = state;
  const cause = goal !== null && rolledBack !== null ? rolledBack.cause : diagnosis;
  const isDown = state.state === 'failed' || state.state === 'backing-off';
  if (!isDown && (goal === null || rolledBack === null)) return null;
  return {kind: 'failed', reason: cause?.message ?? 'The reason is unknown.', finding: cause?.code ?? null};
}

function endingAfterTakeover(state: LifecycleState, command: OpenCommand): Ending | null {
  const {intention, givenUp, run} = state;
  const isStop = command.command === 'stop';
  if (intention !== null) return isStop === (intention.start === null) ? null : OVERTAKEN;
  if (givenUp !== null) {
    const {code, message} = givenUpFinding(givenUp);
    return {kind: 'failed', reason: message, finding: code};
  }
  const isItsRun = run !== null && run.startedAtMs >= command.acceptedAtMs;
  if (isReached(command.goal, state) && (isStop || isItsRun)) return {kind: 'done'};
  // Journals of older versions have no intentions: a run that has begun continues.
  const isGoingOn = isStop ? state.state === 'stopping' : isItsRun;
  return isGoingOn ? null : OVERTAKEN;
}

const OVERTAKEN: Ending = {
  kind: 'failed',
  reason: 'The supervisor exited before it was finished, and the engine was not found on the way to its goal.',
  finding: null,
};

function endOf(command: OpenCommand, ending: Ending, {atMs, runId}: Moment): NewEvent {
  const {id, sender, acceptedAtMs} = command;
  const what = `${command.command} by ${senderText(sender)}${command.isJoining ? ', which joined a start already under way' : ''}`;
  const tookMs = atMs - acceptedAtMs;
  const details = {commandId: id, command: command.command, requestedBy: senderText(sender), tookMs};
  const place = {atMs, runId};
  switch (ending.kind) {
    case 'done': {
      const message = `Done after ${roughDurationText(tookMs)}: ${what}.`;
      return {...place, code: 'command.done', severity: 'info', actor: 'supervisor', message, details};
    }
    case 'failed': {
      const message = `Failed after ${roughDurationText(tookMs)}: ${what}. ${ending.reason}`;
      const finding = ending.finding === null ? {} : {finding: ending.finding};
      const failed = {...details, ...finding};
      return {...place, code: 'command.failed', severity: 'warning', actor: 'supervisor', message, details: failed};
    }
    case 'cancelled': {
      const {by} = ending;
      const message = `Cancelled by the ${by.command} of ${senderText(by.sender)}: ${what}.`;
      const cancelled = {...details, cancelledById: by.id, ...senderDetails(by.sender)};
      return {...place, code: 'command.cancelled', severity: 'warning', actor: 'operator', message, details: cancelled};
    }
  }
}

/** True if both lead to the same engine, or to none. */
export function sameGoal(one: Goal, other: Goal): boolean {
  return one === null || other === null ? one === other : sameSettings(one, other);
}

/** The commands for the engine that these events, oldest first, accept and do not end. */
function unendedIn(events: readonly Event[]): readonly Omit<OpenCommand, 'goal'>[] {
  const found = new Map<number, Omit<OpenCommand, 'goal'>>();
  for (const {id, code, atMs, details} of events) {
    const {command, commandId, outcome} = details;
    if (typeof commandId === 'number') found.delete(commandId);
    if (code !== 'command.accepted' || outcome !== OPEN) continue;
    if (command !== 'start' && command !== 'stop' && command !== 'restart') continue;
    const sender = {client: textIn(details['client']), terminal: textIn(details['terminal'])};
    found.set(id, {id, command, sender, acceptedAtMs: atMs, isJoining: false});
  }
  return [...found.values()];
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
