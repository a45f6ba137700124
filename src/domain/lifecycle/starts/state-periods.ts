import {type EngineState, engineStateSchema} from '../phases.ts';
import {ENGINE_EVENTS, SUPERVISOR_STARTED} from './state-events.ts';

/** What an engine was during a time. */
export const periodKinds = ['serving', 'degraded', 'starting', 'down', 'failed'] as const;
export type PeriodKind = (typeof periodKinds)[number];

/** A time in which the engine was one thing, wall clock. */
export type StatePeriod = {readonly kind: PeriodKind; readonly fromMs: number; readonly toMs: number};

/** The parts of an event that say what the engine was. */
export type StateEvent = {
  readonly atMs: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
};

/** What the engine is now, and since when; null where that is unknown. */
export type PresentState = {readonly state: EngineState; readonly sinceMs: number | null};

/** The times that periods are made of: all that is known, of a window. */
export type PeriodWindow = {readonly fromMs: number; readonly toMs: number; readonly present: PresentState | null};

/** Clients are served until a drain ends, and not while a failed engine waits to be restarted. */
const kindsByState: Readonly<Record<EngineState, PeriodKind>> = {
  preflight: 'starting',
  starting: 'starting',
  ready: 'serving',
  draining: 'serving',
  degraded: 'degraded',
  stopping: 'down',
  stopped: 'down',
  failed: 'failed',
  'backing-off': 'failed',
};

/** What the engine was from a time on; null if that is unknown. */
type Change = {readonly atMs: number; readonly kind: PeriodKind | null};

/** When the process exited although nobody requested it; the time of the report where only that is known. Null for other events. */
export function unexpectedExitMs({atMs, code, details}: StateEvent): number | null {
  if (code !== 'engine.exited' || details['wasRequested'] !== false) return null;
  const exitedAtMs = exitTimeOf(details);
  return exitedAtMs === null ? atMs : Math.min(exitedAtMs, atMs);
}

/**
 * What the engine was in the window, by its events, oldest first, and by what it is now. Nothing is known of the time before the
 * first event, nor of that between the last event of a supervisor and the first of the next one that did not find its engine running
 * and cannot say when it exited. Periods of one kind that follow each other are one.
 */
export function statePeriods(
  events: readonly StateEvent[],
  {fromMs, toMs, present}: PeriodWindow,
): readonly StatePeriod[] {
  const changes = withPresent(changesOf(events), present);
  const periods: StatePeriod[] = [];
  for (const [place, {atMs, kind}] of changes.entries()) {
    if (kind === null) continue;
    const period = {
      kind,
      fromMs: Math.max(fromMs, atMs),
      toMs: Math.min(toMs, changes[place + 1]?.atMs ?? toMs),
    };
    if (period.toMs <= period.fromMs) continue;
    const last = periods.at(-1);
    if (last?.kind === kind && last.toMs >= period.fromMs) periods[periods.length - 1] = {...last, toMs: period.toMs};
    else periods.push(period);
  }
  return periods;
}

function changesOf(events: readonly StateEvent[]): Change[] {
  const changes: Change[] = [];
  /** The last event of the supervisor before, while nothing was said about the engine since. */
  let lastSeenMs: number | null = null;
  for (const [place, event] of events.entries()) {
    const {atMs, code, details} = event;
    if (code === SUPERVISOR_STARTED) lastSeenMs = events[place - 1]?.atMs ?? null;
    if (!code.startsWith(ENGINE_EVENTS)) continue;
    const isExitTimeKnown = code === 'engine.exited' && exitTimeOf(details) !== null;
    if (lastSeenMs !== null && code !== 'engine.adopted' && !isExitTimeKnown && isRunning(changes.at(-1))) {
      changes.push({atMs: lastSeenMs, kind: null});
    }
    lastSeenMs = null;
    const exitedAtMs = unexpectedExitMs(event);
    const {data: state} = engineStateSchema.safeParse(code.slice(ENGINE_EVENTS.length));
    if (exitedAtMs !== null) addFrom(changes, {atMs: exitedAtMs, kind: 'failed'});
    else if (state !== undefined) changes.push({atMs, kind: kindsByState[state]});
  }
  return changes;
}

/** What was reported of a later time was not so: the process had exited. */
function addFrom(changes: Change[], change: Change): void {
  while ((changes.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) > change.atMs) changes.pop();
  changes.push(change);
}

/** A process that runs can end unseen; without one nothing does. */
function isRunning(change: Change | undefined): boolean {
  return change !== undefined && change.kind !== 'down' && change.kind !== 'failed';
}

/** The event of the present state may not be among those that were read. */
function withPresent(changes: readonly Change[], present: PresentState | null): readonly Change[] {
  if (present === null || present.sinceMs === null) return changes;
  const kind = kindsByState[present.state];
  const last = changes.at(-1);
  if (last !== undefined && (last.kind === kind || last.atMs > present.sinceMs)) return changes;
  return [...changes, {atMs: present.sinceMs, kind}];
}

function exitTimeOf(details: StateEvent['details']): number | null {
  const exitedAtMs = details['exitedAtMs'];
  return typeof exitedAtMs === 'number' ? exitedAtMs : null;
}

/** How long the periods of each kind were, ms. */
export function timeByKind(periods: readonly StatePeriod[]): Readonly<Record<PeriodKind, number>> {
  const sums = {serving: 0, degraded: 0, starting: 0, down: 0, failed: 0};
  for (const {kind, fromMs, toMs} of periods) sums[kind] += toMs - fromMs;
  return sums;
}
