import type {ApiError} from '../../api/commands.ts';
import type {History, HistoryQuery} from '../../api/history.ts';
import type {Recording} from '../../api/recording/open-recording.ts';
import {createListeners} from '../../shared/listeners.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_MINUTE} from '../../shared/units.ts';
import type {ConsoleData, ConsoleSession} from '../console-data.ts';
import {pause, processTimers, type SessionTimers} from '../session-timers.ts';
import {createRecordedSeries, type RecordedSeries, windowOf} from './recorded-series.ts';
import {createReplayCursor, type ReplayCursor} from './replay-cursor.ts';

const PLOTTED_MS = 15 * MS_PER_MINUTE;
const LOG_LINES = 2_000;

/** A session of a recording: nothing in it reaches a supervisor. `nowMs` is the time that is shown. */
export type ReplaySession = ConsoleSession & {readonly nowMs: () => number};

/**
 * Shows a recording in the console, at its last moment first: that is what it was made for. A moment is shown immediately; what
 * its plots lack is read in turns, between which keys are handled.
 */
export function createReplaySession(recording: Recording, timers: SessionTimers = processTimers): ReplaySession {
  const listeners = createListeners<[]>();
  const closed = new AbortController();
  const series = createRecordedSeries(recording);
  let cancelReading = (): void => undefined;

  /** Shows the moment with more of its series each time, until they are whole. */
  function show(): void {
    cancelReading();
    const atMs = timeAt(recording, cursor.place());
    const isWhole = series.read(atMs - PLOTTED_MS, atMs);
    data = dataAt(recording, series, cursor);
    cancelReading = isWhole ? () => undefined : timers.schedule(showMore, 0);
  }
  function showMore(): void {
    show();
    listeners.notify();
  }
  const cursor = createReplayCursor(recording.timesMs, timers, showMore);
  let data = dataAt(recording, series, cursor);
  show();

  async function readHistory(query: HistoryQuery): Promise<Result<History, ApiError>> {
    const [fromMs, untilMs] = windowOf(query.windowMs, query.untilMs);
    while (!series.read(fromMs, untilMs) && !closed.signal.aborted) await pause(timers, 0, closed.signal);
    return ok(series.answer(query));
  }

  return {
    getData: () => data,
    subscribe: listeners.subscribe,
    nowMs: () => timeAt(recording, cursor.place()),
    replay: cursor.move,
    send: () => Promise.resolve({accepted: false, error: onlyRecorded}),
    preview: () => Promise.resolve(err(onlyRecorded)),
    readLogPage: () => Promise.resolve(err(onlyRecorded)),
    readHistory,
    close() {
      closed.abort();
      cancelReading();
      cursor.stop();
    },
  };
}

function timeAt({timesMs}: Recording, place: number): number {
  return timesMs[place] ?? timesMs[0];
}

function dataAt(recording: Recording, series: RecordedSeries, {place, isPlaying}: ReplayCursor): ConsoleData {
  const atMs = timeAt(recording, place());
  const moment = recording.momentAt(place());
  const events = recording.events.filter((event) => event.atMs <= atMs);
  const [firstMs, lastMs] = [recording.timesMs[0], recording.timesMs.at(-1) ?? atMs];
  return {
    connection: {kind: 'replay', atMs, firstMs, lastMs, isPlaying: isPlaying()},
    snapshot: moment?.snapshot ?? null,
    ...series.until(atMs, PLOTTED_MS),
    log: moment === null ? [] : recording.logUntil(moment.snapshot.engine.runId, moment.logEnd, LOG_LINES),
    events,
    stateEvents: {events, isCut: false},
  };
}

const onlyRecorded: ApiError = {
  code: 'replay.only-recorded',
  message: 'This is a recording: no engine and no supervisor can be reached from it.',
  remedy: 'Run gantry on the node for the live console.',
};
