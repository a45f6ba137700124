import {uptime} from 'node:os';
import {gpuHistoryValues, historyValues} from '../../api/history-values.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import {
  keepConditions,
  presentOf,
  recallConditions,
  recallUnanswered,
  resumedServing,
} from '../../domain/diagnosis/serving/kept-conditions.ts';
import {keepMemory, recallMemory} from '../../domain/diagnosis/serving/kept-memory.ts';
import {unseenServing} from '../../domain/diagnosis/serving/serving-conditions.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState, type KeptState, type StoredState} from '../../domain/lifecycle/phases.ts';
import {keepState, recallState} from '../../domain/lifecycle/state-since.ts';
import {unseenStall} from '../../domain/traffic/forward-progress.ts';
import {recallStall} from '../../domain/traffic/kept-stall.ts';
import {keepCounters, recallCounters, withUnreadRequests} from '../../domain/traffic/own-requests/kept-counters.ts';
import type {RequestUsage} from '../../domain/traffic/own-requests/request-claim.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import type {Observations, RecalledRun} from '../snapshot/observations.ts';
import type {OwnFindings} from '../snapshot/own-findings.ts';
import {type Clock, stampOf} from './clock.ts';

/** Topic of the finding about a history that cannot be written. */
export const HISTORY_TOPIC = 'history';

type Parts = {
  readonly history: HistoryStore;
  readonly clock: Clock;
  /** Since the host was booted; that of the system if not given. */
  readonly uptimeMs?: () => number;
  /** The thresholds of the moment. */
  readonly configured: () => {readonly findingThresholds: Pick<FindingThresholds, 'memoryGrowth'>};
  readonly own: OwnFindings;
};

/** What is recorded besides the snapshot. */
type RecordedObservations = Pick<
  Observations,
  'serving' | 'stall' | 'unansweredMs' | 'isUnansweredAtLeast' | 'ownRequests' | 'metrics' | 'engineMetrics'
>;

/** A run that served before this supervisor. */
export type ResumedRun = {readonly healthUsage: RequestUsage | null};

/** What is kept of every snapshot: a row of each series. A history that cannot be written is a finding. */
export class SnapshotRecords {
  readonly #parts: Parts;
  readonly #uptimeMs: () => number;
  /** When the memory that was kept last was judged. */
  #keptAtMs: number | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#uptimeMs = parts.uptimeMs ?? (() => uptime() * MS_PER_SECOND);
  }

  /** What an earlier supervisor knew of a run; `resumed`: it served before, and what its health path uses. */
  recallRun(runId: string, resumed: ResumedRun | null): RecalledRun {
    const {history, clock, configured} = this.#parts;
    const notes = history.readRunNotes(runId);
    const conditions = notes?.conditions ?? null;
    const stamp = stampOf(clock);
    const now = conditions === null ? stamp : presentOf(conditions, stamp, this.#uptimeMs());
    const kept = history.readRunMemory(runId);
    const {windowMs} = configured().findingThresholds.memoryGrowth;
    const memory = kept === null ? unseenServing.memory : recallMemory(kept, now, windowMs);
    const counters = notes?.ownCounters ?? {};
    const seenAtMs = conditions?.atMs ?? null;
    if (resumed === null) {
      const serving = {...unseenServing, memory};
      const ownRequests = recallCounters(counters);
      return {serving, stall: unseenStall, ownRequests, unanswered: {unansweredMs: 0}, seenAtMs};
    }
    return {
      seenAtMs,
      serving: {memory, ...(conditions === null ? resumedServing : recallConditions(conditions, now))},
      stall: recallStall(conditions?.stall ?? null, now),
      ownRequests: withUnreadRequests(recallCounters(counters), resumed.healthUsage, now),
      unanswered: recallUnanswered(conditions, now),
    };
  }

  /** A run of an earlier supervisor, with the state in which that one has left it. */
  withState<Run extends {readonly run: {readonly runId: string}}>(
    found: Run,
  ): Run & {readonly keptState: KeptState | null} {
    const stored = this.#parts.history.readRunNotes(found.run.runId)?.state ?? null;
    return {...found, keptState: stored === null ? null : this.#recalled(stored)};
  }

  #recalled(stored: StoredState): KeptState {
    const {atMs, uptimeMs} = stored;
    const stamp = stampOf(this.#parts.clock);
    const present = atMs === undefined ? stamp : presentOf({atMs, uptimeMs}, stamp, this.#uptimeMs());
    return recallState(stored, present.sampledAtMs, stamp.sampledAtMs);
  }

  add(
    snapshot: Snapshot,
    seen: RecordedObservations,
    lifecycle: Pick<LifecycleState, 'state' | 'stateSinceMs' | 'internal'>,
  ): void {
    const {memory} = seen.serving;
    const {history, clock, own} = this.#parts;
    const {runId} = snapshot.engine;
    // Once per point of the track.
    const isJudged = memory.judgedAtMs !== null && memory.judgedAtMs !== this.#keptAtMs;
    if (runId !== null && isJudged) history.keepRunMemory(runId, keepMemory(memory, stampOf(clock)));
    this.#keptAtMs = memory.judgedAtMs;
    if (runId !== null) {
      const isServing = isServingState(snapshot.engine.state);
      const earlier = history.readRunNotes(runId)?.conditions ?? null;
      const conditions = isServing ? keepConditions(seen, stampOf(clock), this.#uptimeMs()) : earlier;
      // So that a later supervisor of the run does not take Gantry's own requests for clients' tokens.
      const ownCounters = keepCounters(seen.ownRequests);
      const kept = keepState(lifecycle);
      const stamp = {atMs: stampOf(clock).sampledAtMs, uptimeMs: this.#uptimeMs()};
      history.keepRunNotes({runId, conditions, ownCounters, state: kept === null ? null : {...kept, ...stamp}});
    }
    if (runId !== null && seen.metrics !== null && seen.engineMetrics !== null) {
      history.recordRequests(snapshot.takenAtMs, runId, {engine: seen.engineMetrics, clients: seen.metrics});
    }
    const recorded = history.recordSample(snapshot.takenAtMs, historyValues(snapshot), gpuHistoryValues(snapshot));
    if (!recorded.ok) own.add(recorded.error, HISTORY_TOPIC);
    else if (history.canWrite) own.resolve(HISTORY_TOPIC);
  }
}
