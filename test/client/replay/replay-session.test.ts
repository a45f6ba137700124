import {expect, test} from 'vitest';
import {openRecording} from '../../../src/api/recording/open-recording.ts';
import {createSnapshotEncoder} from '../../../src/api/recording/snapshot-encoder.ts';
import {createReplaySession} from '../../../src/client/replay/replay-session.ts';
import type {SessionTimers} from '../../../src/client/session-timers.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const START_MS = Date.UTC(2026, 10, 24, 3);
const SECONDS = 120;
const noTimers: SessionTimers = {schedule: () => () => undefined};

function session(seconds = SECONDS, timers: SessionTimers = noTimers) {
  const encoder = createSnapshotEncoder();
  const base = buildSnapshot();
  const lines: unknown[] = Array.from({length: seconds}, (_, second) => {
    const traffic = {...base.traffic, waitingRequests: second};
    const gpus = base.gpus.map((gpu) => ({...gpu, utilizationRatio: second / SECONDS}));
    const snapshot = {...base, takenAtMs: START_MS + second * 1_000, traffic, gpus};
    return encoder.encode(snapshot, Math.floor(second / 10)).line;
  });
  const log = Array.from({length: 12}, (_, index) => ({number: index, text: `line ${index}`}));
  lines.push({log: {runId: base.engine.runId, lines: log}});
  lines.push({events: [5, 65].map((second, id) => buildEvent({id, atMs: START_MS + second * 1_000}))});
  const recording = openRecording(Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')));
  if (!recording.ok) throw new Error(recording.error.message);
  return createReplaySession(recording.value, timers);
}

test('a moment has its snapshot, and log, events and plots only up to it', () => {
  const replay = session();
  let changes = 0;
  replay.subscribe(() => {
    changes += 1;
  });
  expect(replay.nowMs()).toBe(START_MS + 119_000);
  expect(replay.getData()).toMatchObject({
    connection: {kind: 'replay', firstMs: START_MS, lastMs: START_MS + 119_000, isPlaying: false},
    snapshot: {traffic: {waitingRequests: 119}},
  });
  expect(replay.getData().log).toHaveLength(12);
  replay.replay?.('first');
  replay.replay?.('far-forward');
  const {snapshot, log, events, history, gpuRanges} = replay.getData();
  expect([changes, replay.nowMs(), snapshot?.traffic.waitingRequests]).toEqual([2, START_MS + 30_000, 30]);
  expect(log.map(({text}) => text)).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
  expect(events).toHaveLength(1);
  expect(history.waitingRequests?.at(-1)).toEqual({atMs: START_MS + 30_000, value: 30});
  expect(history.waitingRequests).toHaveLength(31);
  expect(gpuRanges.utilizationRatio?.most.at(-1)?.value).toBe(0.25);
  replay.close();
});

test('kept series are those of the recording, and nothing can be sent', async () => {
  const replay = session();
  const query = {series: ['waitingRequests'], gpuSeries: ['utilizationRatio'], windowMs: 10_000} as const;
  const past = await replay.readHistory({...query, untilMs: START_MS + 60_000});
  expect(past.ok && past.value.series.waitingRequests?.map(({value}) => value)).toEqual(
    Array.from({length: 11}, (_, index) => 50 + index),
  );
  expect(past.ok && past.value.gpus?.[0]?.series.utilizationRatio).toHaveLength(11);
  const all = await replay.readHistory(query);
  expect(all.ok && all.value.series.waitingRequests).toHaveLength(SECONDS);
  expect(await replay.send({type: 'stop'})).toMatchObject({accepted: false, error: {code: 'replay.only-recorded'}});
});

test('a moment is shown before all of its plots are read; they follow in turns, and a move begins with its own', () => {
  const scheduled: (() => void)[] = [];
  const replay = session(1_200, {
    schedule(task) {
      scheduled.push(task);
      return () => void scheduled.splice(scheduled.indexOf(task), 1);
    },
  });
  const read = (): readonly number[] => (replay.getData().history.waitingRequests ?? []).map(({value}) => value ?? -1);
  expect([read().length, read().at(-1)]).toEqual([120, 1_199]);
  scheduled.shift()?.();
  expect([read().length, read()[0]]).toEqual([240, 960]);
  replay.replay?.('first');
  expect(read()).toEqual([0]);
  replay.replay?.('last');
  expect(scheduled).toHaveLength(1);
  while (scheduled.length > 0) scheduled.shift()?.();
  expect(read()).toEqual(Array.from({length: 901}, (_, index) => index + 299));
});

test('kept series of a long recording are answered once they are read, in turns', async () => {
  const replay = session(600, {
    schedule(task) {
      setImmediate(task);
      return () => undefined;
    },
  });
  const all = await replay.readHistory({series: ['waitingRequests'], gpuSeries: [], windowMs: 1_000});
  expect(all.ok && all.value.series.waitingRequests?.map(({value}) => value)).toEqual(
    Array.from({length: 600}, (_, second) => second),
  );
});
