import {expect, test} from 'vitest';
import {createRedaction} from '../../../src/sources/log/redaction.ts';
import {incidentMinutes} from '../../../src/supervisor/flight-recorder/incident-recording.ts';
import {createRecentSnapshots} from '../../../src/supervisor/flight-recorder/recent-snapshots.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const SECONDS = 30;
const ends = {log: {runId: 'run-1', lines: []}, events: []};

test('other work has its turn after each second that is written', async () => {
  const recent = createRecentSnapshots(() => () => undefined);
  const snapshot = buildSnapshot();
  for (let second = 0; second < SECONDS; second += 1) recent.add({...snapshot, takenAtMs: second * 1_000});
  let turns = 0;
  let isWritten = false;
  const takeTurn = (): void => {
    turns += 1;
    if (!isWritten) setImmediate(takeTurn);
  };
  setImmediate(takeTurn);
  const {samples, recording} = await incidentMinutes(recent.lines(), ends, createRedaction());
  isWritten = true;
  expect(turns).toBeGreaterThanOrEqual(SECONDS);
  expect(samples.trim().split('\n')).toHaveLength(SECONDS);
  // The snapshots, then the log and the events.
  expect(recording.trim().split('\n')).toHaveLength(SECONDS + 2);
});

test('without a snapshot, log and events are written', async () => {
  const {samples, recording} = await incidentMinutes([], ends, createRedaction());
  expect(samples).toBe('');
  expect(
    recording
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{log: ends.log}, {events: []}]);
});
