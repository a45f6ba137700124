import {expect, test} from 'vitest';
import {z} from 'zod';
import {openRecording, type Recording} from '../../../src/api/recording/open-recording.ts';
import type {RecordedBytes} from '../../../src/api/recording/recorded-lines.ts';
import {createSnapshotEncoder, SNAPSHOTS_PER_KEYFRAME} from '../../../src/api/recording/snapshot-encoder.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot} from '../../../src/api/snapshot.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const START_MS = Date.UTC(2026, 10, 24, 3);

function snapshotAt(second: number): Snapshot {
  const snapshot = buildSnapshot();
  const waitingRequests = second % 7;
  return {
    ...snapshot,
    takenAtMs: START_MS + second * 1_000,
    sequence: second,
    traffic: {...snapshot.traffic, waitingRequests},
    knownEngines: second < 70 ? ['vllm'] : ['vllm', 'sglang'],
  };
}

/** Lines of so many seconds. */
function recorded(seconds: number): string[] {
  const encoder = createSnapshotEncoder();
  return Array.from({length: seconds}, (_, second) => JSON.stringify(encoder.encode(snapshotAt(second), second).line));
}

function open(lines: readonly string[]): Recording {
  const recording = openRecording(Buffer.from(lines.join('\n')));
  if (!recording.ok) throw new Error(recording.error.message);
  return recording.value;
}

test('every moment is as it was, in any order; most lines are small', () => {
  const lines = recorded(150);
  const recording = open(lines);
  expect(recording.timesMs).toHaveLength(150);
  for (const second of [149, 0, 60, 59, 61, 120, 70, 71, 3]) {
    expect(recording.momentAt(second)).toEqual({
      snapshot: JSON.parse(JSON.stringify(snapshotAt(second))),
      logEnd: second,
    });
  }
  expect(recording.momentAt(150)).toBe(null);
  const whole = lines.filter((line) => line.includes('"recording":1'));
  expect([whole.length, lines[1]?.length ?? 0]).toEqual([Math.ceil(150 / SNAPSHOTS_PER_KEYFRAME), expect.any(Number)]);
  expect(lines[1]?.length).toBeLessThan((lines[0]?.length ?? 0) / 20);
});

test('after a damaged line, what changed says nothing until the next whole snapshot', () => {
  const lines = recorded(130);
  lines[10] = lines[10]?.slice(0, 30) ?? '';
  const recording = open(['{"patch":{"/takenAtMs":1}}', ...lines.slice(1).toSpliced(0, 0, lines[0] ?? ''), '{"pat']);
  expect(recording.timesMs).toHaveLength(10 + (130 - SNAPSHOTS_PER_KEYFRAME));
  // The patch before the first snapshot, the damaged line with the 49 that follow it, and the cut one at the end.
  expect(recording.damaged).toEqual({count: 1 + SNAPSHOTS_PER_KEYFRAME - 10 + 1, first: 1});
  expect(recording.momentAt(10)?.snapshot.sequence).toBe(SNAPSHOTS_PER_KEYFRAME);
});

test('log lines by their run, and events in the order of time', () => {
  const early = buildEvent({id: 1, atMs: START_MS});
  const late = buildEvent({id: 2, atMs: START_MS + 5_000});
  const recording = open([
    ...recorded(1),
    JSON.stringify({log: {runId: 'a', lines: [{number: 1, text: 'one'}]}}),
    JSON.stringify({events: [late]}),
    JSON.stringify({log: {runId: 'b', lines: [{number: 1, text: 'other run'}]}}),
    JSON.stringify({log: {runId: 'a', lines: [{number: 2, text: 'two'}]}}),
    JSON.stringify({events: [early]}),
    JSON.stringify({unknown: 'of a later version'}),
  ]);
  expect(recording.logUntil('a', null, 10).map(({text}) => text)).toEqual(['one', 'two']);
  expect(recording.logUntil('none', null, 10)).toEqual([]);
  expect(recording.events).toEqual([early, late]);
});

test.each([
  ['an empty file', '', 'replay.empty', 'it is empty'],
  ['a line of another file', '{"a":1}', 'replay.empty', 'its only line is not a snapshot'],
  ['another file', 'hello\n{"a":1}\n[1]\n', 'replay.empty', 'none of its 3 lines is one'],
  [
    'what only begins like a snapshot',
    JSON.stringify({recording: 1, snapshot: {schemaVersion: SNAPSHOT_SCHEMA_VERSION, takenAtMs: 1}}),
    'replay.empty',
    'all snapshots in it are damaged',
  ],
  [
    'snapshots of another version',
    JSON.stringify({recording: 1, snapshot: {schemaVersion: 99, takenAtMs: 1}}),
    'replay.other-version',
    `version 99; this Gantry reads version ${SNAPSHOT_SCHEMA_VERSION}`,
  ],
  [
    'lines of a later version',
    '{"recording":2,"snapshot":{"schemaVersion":6,"takenAtMs":1}}\n{"patch":{"/takenAtMs":2}}\n',
    'replay.other-version',
    'lines of version 2; this Gantry reads version 1',
  ],
  [
    'a snapshot of no version',
    '{"recording":1,"snapshot":{"takenAtMs":1,"schemaVersion":"9"}}',
    'replay.empty',
    'are damaged',
  ],
])('%s is refused with the reason', (_what, text, code, reason) => {
  expect(openRecording(Buffer.from(text))).toMatchObject({
    ok: false,
    error: {code, message: expect.stringContaining(reason)},
  });
});

test.each([
  {'/takenAtMs': START_MS, '/gpus': 'none'},
  {'/takenAtMs': START_MS, '/nowhere/at/all': 1},
  {'/takenAtMs': START_MS, '': null},
])('a patch that makes no snapshot is a moment without one: %o', (patch) => {
  const recording = open([...recorded(1), JSON.stringify({patch})]);
  expect(recording.timesMs).toHaveLength(2);
  expect(recording.momentAt(1)).toBe(null);
  expect(recording.momentAt(0)?.snapshot.sequence).toBe(0);
});

test('a line with a fault in its middle is a moment without a snapshot, to the next whole one', () => {
  const lines = recorded(61);
  lines[3] = (lines[3] ?? '').replace('"/sequence":3', '"/sequence":#');
  const recording = open(lines);
  const missing = recording.timesMs.map((_, second) => second).filter((second) => recording.momentAt(second) === null);
  expect(missing).toEqual(Array.from({length: SNAPSHOTS_PER_KEYFRAME - 3}, (_, index) => index + 3));
  expect(recording.measuredAt(3)).toBe(null);
  expect(recording.measuredAt(60)?.takenAtMs).toBe(START_MS + 60_000);
});

test('a first snapshot that is damaged, or of another version, hides none of those after it', () => {
  const lines = recorded(61);
  const [whole = ''] = lines;
  for (const first of [
    whole.replace('"gpus":[', '"gpus":#['),
    whole.replace('"schemaVersion":', '"schemaVersion":1'),
  ]) {
    const recording = open([first, ...lines.slice(1)]);
    expect([recording.timesMs.length, recording.momentAt(0)]).toEqual([61, null]);
    expect(recording.momentAt(60)?.snapshot.sequence).toBe(60);
  }
});

test('lines in another order of fields, with blanks or with ends of lines of Windows are the same', () => {
  const [whole = '', changes = ''] = recorded(2);
  const {snapshot, ...rest} = z
    .object({snapshot: z.record(z.string(), z.unknown())})
    .loose()
    .parse(JSON.parse(whole));
  const {takenAtMs, ...others} = snapshot;
  const turned = JSON.stringify({...rest, snapshot: {...others, takenAtMs}}, null, 1).replaceAll('\n', ' ');
  const recording = openRecording(Buffer.from([turned, changes, ''].join('\r\n')));
  expect(recording.ok && [recording.value.timesMs.length, recording.value.momentAt(1)?.snapshot.sequence]).toEqual([
    2, 1,
  ]);
});

test('recordings one after another are one in the order of time, and a log that both have is shown once', () => {
  const log = (...numbers: readonly number[]): string =>
    JSON.stringify({log: {runId: 'a', lines: numbers.map((number) => ({number, text: `line ${number}`}))}});
  const all = recorded(120);
  const recording = open([...all.slice(60), log(3, 4, 5), ...all.slice(0, 60), log(1, 2, 3, 4)]);
  expect(recording.timesMs).toEqual(Array.from({length: 120}, (_, second) => START_MS + second * 1_000));
  expect([59, 60].map((second) => recording.momentAt(second)?.snapshot.sequence)).toEqual([59, 60]);
  expect(recording.logUntil('a', null, 10).map(({number}) => number)).toEqual([1, 2, 3, 4, 5]);
  expect(recording.logUntil('a', 4, 2).map(({text}) => text)).toEqual(['line 3', 'line 4']);
});

test('of the log, only what is shown is read, and only once', () => {
  const lines = Array.from({length: 500}, (_, number) =>
    JSON.stringify({log: {runId: 'a', lines: [{number, text: 'x'}]}}),
  );
  const bytes = Buffer.from([...recorded(1), ...lines].join('\n'));
  let reads = 0;
  const counted: RecordedBytes = {
    length: bytes.length,
    subarray(start, end) {
      reads += 1;
      return bytes.subarray(start, end);
    },
  };
  const recording = openRecording(counted);
  reads = 0;
  if (!recording.ok) throw new Error(recording.error.message);
  expect(recording.value.logUntil('a', 400, 20).at(-1)?.number).toBe(400);
  expect(recording.value.logUntil('a', 401, 20)).toHaveLength(20);
  expect(reads).toBe(21);
});
