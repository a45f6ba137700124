import type {ApiError} from '../../api/commands.ts';
import type {RecordedMoment, Recording} from '../../api/recording/open-recording.ts';
import {createListeners} from '../../shared/listeners.ts';
import {err, ok} from '../../shared/result.ts';
import {MS_PER_MINUTE} from '../../shared/units.ts';
import type {ConsoleData, ConsoleSession} from '../console-data.ts';
import {processTimers, type SessionTimers} from '../session-timers.ts';
import {type RecordedSeries, readRecordedSeries} from './recorded-series.ts';
import {createReplayCursor, type ReplayCursor} from './replay-cursor.ts';

const PLOTTED_MS = 15 * MS_PER_MINUTE;
const LOG_LINES = 2_000;

/** A session of a recording: nothing in it reaches a supervisor. `nowMs` is the time that is shown. */
export type ReplaySession = ConsoleSession & {readonly nowMs: () => number};

/** Shows a recording in the console, at its last moment first: that is what it was made for. */
export function createReplaySession(recording: Recording, timers: SessionTimers = processTimers): ReplaySession {
  const listeners = createListeners<[]>();
  const series = readRecordedSeries(recording);
  const cursor = createReplayCursor(recording.timesMs, timers, () => {
    data = dataAt(recording, series, cursor);
    listeners.notify();
  });
  let data = dataAt(recording, series, cursor);
  return {
    getData: () => data,
    subscribe: listeners.subscribe,
    nowMs: () => timeAt(recording, cursor.place()),
    replay: cursor.move,
    send: () => Promise.resolve({accepted: false, error: onlyRecorded}),
    preview: () => Promise.resolve(err(onlyRecorded)),
    readLogPage: () => Promise.resolve(err(onlyRecorded)),
    readHistory: (query) => Promise.resolve(ok(series.answer(query))),
    close: cursor.stop,
  };
}

function timeAt({timesMs}: Recording, place: number): number {
  return timesMs[place] ?? timesMs[0];
}

function dataAt(recording: Recording, series: RecordedSeries, {place, isPlaying}: ReplayCursor): ConsoleData {
  const atMs = timeAt(recording, place());
  const moment = recording.momentAt(place());
  const [firstMs, lastMs] = [recording.timesMs[0], recording.timesMs.at(-1) ?? atMs];
  return {
    connection: {kind: 'replay', atMs, firstMs, lastMs, isPlaying: isPlaying()},
    snapshot: moment?.snapshot ?? null,
    ...series.until(atMs, PLOTTED_MS),
    log: moment === null ? [] : logAt(recording, moment),
    events: recording.events.filter((event) => event.atMs <= atMs),
  };
}

/** The log as it was then: the newest lines up to that moment. */
function logAt({logOf}: Recording, {snapshot, logEnd}: RecordedMoment): ConsoleData['log'] {
  const lines = logOf(snapshot.engine.runId);
  const end = logEnd === null ? lines.length : lines.findLastIndex(({number}) => number <= logEnd) + 1;
  return lines.slice(Math.max(0, end - LOG_LINES), end);
}

const onlyRecorded: ApiError = {
  code: 'replay.only-recorded',
  message: 'This is a recording: no engine and no supervisor can be reached from it.',
  remedy: 'Run gantry on the node for the live console.',
};
