import type {ApiError, Command, CommandReply} from '../../api/commands.ts';
import type {Event, EventsQuery, NewEvent} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {explainedBy} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {isSameFinding} from '../../domain/diagnosis/same-finding.ts';
import {isReached} from '../../domain/lifecycle/intention/intention-end.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isHang} from '../../domain/lifecycle/lifecycle-findings.ts';
import {pendingRequests} from '../../domain/traffic/forward-progress.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import {valueOrNull} from '../../samples/reading.ts';
import {createListeners} from '../../shared/listeners.ts';
import type {Clock} from '../loop/clock.ts';
import type {Observer} from '../snapshot/observer.ts';
import {acceptedEvent, continuedEvent, refusedEvent, type Sender} from './command-events.ts';
import {type WatchedFindings, watchFindings} from './finding-watch.ts';
import {idleEvent} from './idle-event.ts';
import {type Cause, eventsOfChange} from './lifecycle-events.ts';
import {
  afterChange,
  afterCommand,
  afterTakeover,
  type Followed,
  type Goal,
  goalOf,
  type OpenCommand,
  sameGoal,
} from './open-commands.ts';
import {type OpenFinding, openFindingsIn} from './open-findings.ts';

export type EventLogOptions = {
  readonly history: Pick<HistoryStore, 'recordEvent' | 'readEvents'>;
  readonly clock: Clock;
  /** Called when the history cannot store an event. */
  readonly onTrouble: (error: ApiError) => void;
  /** Knows how many requests the engine has; without it none are counted. */
  readonly observer?: Pick<Observer, 'get'>;
};

/** How many earlier events are searched for commands that an earlier supervisor did not finish, and for its findings. */
const TAKEN_OVER_EVENTS = 500;

/** All events pass through here: they are stored in the history and sent to listeners. */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #listeners = createListeners<[event: Event]>();
  #watched: WatchedFindings = [];
  /** Findings of the newest snapshot; those that are watched may be absent for some seconds. */
  #present: readonly Finding[] = [];
  #cause: Cause = null;
  readonly #held: NewEvent[] = [];
  #open: readonly OpenCommand[] = [];
  #isExiting = false;
  /** Findings already reported by lifecycle events. */
  #reasons: readonly Pick<Finding, 'code' | 'details'>[] = [];
  /** Findings whose appearance was not reported for that reason. */
  #omitted: readonly Finding[] = [];
  /** Events that the history could not store are still sent, and need a number. */
  #lastId = 0;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  #note({code, details}: NewEvent, diagnosis: Finding | null): void {
    const {finding} = details;
    if (!code.startsWith('engine.') || typeof finding !== 'string') return;
    const reason = diagnosis?.code === finding ? diagnosis : {code: finding};
    if (!this.#reasons.some((known) => isSameFinding(known, reason))) this.#reasons = [...this.#reasons, reason];
  }

  /** Stores and sends an event; returns its number. */
  record(event: Omit<NewEvent, 'atMs'> & {readonly atMs?: number}): number {
    const timed = {...event, atMs: event.atMs ?? this.#options.clock.nowMs()};
    const recorded = this.#options.history.recordEvent(timed);
    if (!recorded.ok) this.#options.onTrouble(recorded.error);
    const kept = recorded.ok ? recorded.value : {...timed, id: this.#lastId + 1};
    this.#lastId = Math.max(this.#lastId, kept.id);
    this.#listeners.notify(kept);
    return kept.id;
  }

  /**
   * Runs a task whose lifecycle changes have this cause. The task must not wait: later changes are not caused by it. The
   * changes are reported after it, following the events of `first`.
   */
  during<T>(cause: Exclude<Cause, null>, task: () => T, first: (outcome: T) => T = (outcome) => outcome): T {
    this.#cause = cause;
    try {
      return first(task());
    } finally {
      this.#cause = null;
      for (const event of this.#held.splice(0)) this.record(event);
    }
  }

  onStarted(version: string): void {
    const message = `Supervisor of Gantry ${version} started (pid ${process.pid}).`;
    const details = {pid: process.pid, version};
    this.record({code: 'supervisor.started', severity: 'info', actor: 'supervisor', message, runId: null, details});
  }

  onExiting(reason: string, {state, run}: LifecycleState): void {
    if (this.#isExiting) return;
    this.#isExiting = true;
    const message = `Supervisor exits: ${reason}.${run === null ? '' : ' The engine keeps running.'}`;
    const details = {pid: process.pid, engine: state};
    const runId = run?.runId ?? null;
    this.record({code: 'supervisor.exited', severity: 'info', actor: 'supervisor', message, runId, details});
  }

  onStateChange(state: LifecycleState, before: LifecycleState): void {
    const atMs = this.#options.clock.nowMs();
    const metrics = this.#options.observer?.get().metrics ?? null;
    const pending = metrics === null ? null : valueOrNull(pendingRequests(metrics));
    for (const change of eventsOfChange(state, before, {atMs, cause: this.#cause, pending})) {
      const event = this.#explained(change, state.diagnosis);
      this.#note(event, state.diagnosis);
      if (this.#cause === null) this.record(event);
      else this.#held.push(event);
    }
    if (this.#cause === null) this.#follow(afterChange(this.#open, state, this.#moment(state)));
  }

  /** A failure that a present finding explains names it: an operator reads the cause first. One that is gone explains nothing. */
  #explained(event: NewEvent, diagnosis: Finding | null): NewEvent {
    if (diagnosis === null || event.details['finding'] !== diagnosis.code) return event;
    const cause = explainedBy(diagnosis, this.#present);
    if (cause === null) return event;
    const {details, message} = event;
    return {...event, message: `${message} Cause: ${cause.message}`, details: {...details, explainedBy: cause.code}};
  }

  /**
   * An accepted or refused command: its event's number. An accepted one is followed until an event says how it ended; others that
   * lead elsewhere are cancelled by it. `state`: after the command.
   */
  onCommand(command: Command, reply: CommandReply, sender: Sender, state: LifecycleState): number {
    const runId = state.run?.runId ?? null;
    if (!reply.accepted) return this.record(refusedEvent(command, reply.error, sender, runId));
    const goal = command.type === 'stop' ? null : goalOf(state);
    const isOpen = command.type !== 'shutdown' && !isReached(goal, state);
    const id = this.record(acceptedEvent(command, reply.message, sender, {runId, isOpen}));
    if (command.type === 'shutdown') return id;
    const acceptedAtMs = this.#options.clock.nowMs();
    const isJoining = command.type === 'start' && this.#isStarting(state, goal);
    const opened = {id, command: command.type, sender, acceptedAtMs, goal, isJoining};
    const {open, ended} = afterCommand(this.#open, opened, {atMs: acceptedAtMs, runId});
    this.#follow({open: isOpen ? [...open, opened] : open, ended});
    return id;
  }

  /** True if the state after a start command is not its own: the engine was on its way to the same goal already. */
  #isStarting({state}: LifecycleState, goal: Goal): boolean {
    return state === 'starting' || this.#open.some((command) => sameGoal(command.goal, goal));
  }

  /** Findings that an earlier supervisor reported last, before this one has reported any. */
  openFindings(): readonly OpenFinding[] {
    return openFindingsIn(this.read({sinceMs: 0, limit: TAKEN_OVER_EVENTS}), this.#options.clock.nowMs());
  }

  /** Commands of an earlier supervisor: call once, when what runs has been found. */
  onTakenOver(state: LifecycleState): void {
    const events = this.read({sinceMs: 0, limit: TAKEN_OVER_EVENTS});
    const continued = continuedEvent(state);
    if (continued !== null) this.record(continued);
    this.#follow(afterTakeover(events, state, this.#moment(state)));
  }

  #follow({open, ended}: Followed): void {
    this.#open = open;
    for (const event of ended) this.record(event);
  }

  #moment({run}: LifecycleState): {readonly atMs: number; readonly runId: string | null} {
    return {atMs: this.#options.clock.nowMs(), runId: run?.runId ?? null};
  }

  /** Findings of a snapshot: new and resolved ones. */
  onSnapshot({findings, takenAtMs, engine, cost}: Pick<Snapshot, 'findings' | 'takenAtMs' | 'engine' | 'cost'>): void {
    const now = {atMs: takenAtMs, monotonicMs: this.#options.clock.monotonicMs(), runId: engine.runId};
    const {watched, events} = watchFindings(this.#watched, findings, now);
    this.#watched = watched;
    this.#present = findings;
    for (const change of events) {
      if (!this.#isReported(change.event, change.finding)) this.record(change.event);
      const idle = idleEvent(change, cost);
      if (idle !== null) this.record(idle);
    }
  }

  /**
   * A finding already reported as the reason of a lifecycle change is not reported again, nor is its end then: another
   * start shows that. A hang ends in several ways, so that its end is reported.
   */
  #isReported({code}: NewEvent, finding: Finding): boolean {
    const isThis = (known: Pick<Finding, 'code' | 'details'>): boolean => isSameFinding(known, finding);
    if (code !== 'finding.resolved') {
      const isReported = this.#reasons.some(isThis);
      if (isReported) this.#omitted = [...this.#omitted, finding];
      return isReported;
    }
    const isOmitted = this.#omitted.some(isThis);
    this.#reasons = this.#reasons.filter((reason) => !isThis(reason));
    this.#omitted = this.#omitted.filter((known) => !isThis(known));
    return isOmitted && !isHang(finding.code);
  }

  read(query: EventsQuery): readonly Event[] {
    return this.#options.history.readEvents(query);
  }

  subscribe(listener: (event: Event) => void): () => void {
    return this.#listeners.subscribe(listener);
  }
}
