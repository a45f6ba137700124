import {readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {openRecording} from '../../../src/api/recording/open-recording.ts';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {type RecordOptions, recordNode} from '../../../src/cli/replay/record-node.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

let file = '';
beforeEach(() => {
  file = path.join(temporaryDirectory('record'), 'recording.jsonl');
});

const base = buildSnapshot();
const runId = base.engine.runId;

/** A supervisor that sends these snapshots and ends, and the next one, which sends the rest, and then stops the recording. */
function clientOf(parts: readonly (readonly Snapshot[])[], onEnd: () => void): RecordOptions['client'] {
  const left = parts.map((part) => [...part]);
  const once = new Set<string>();
  return {
    async *snapshots() {
      yield* left.shift() ?? [];
      if (left.length === 0) onEnd();
      return null;
    },
    async *logLines() {
      const lines = [
        {number: 1, text: 'prompt: secret words'},
        {number: 2, text: 'two'},
      ];
      yield {runId, lines};
      // What a new connection repeats.
      yield {runId, lines: [...lines, {number: 3, text: 'three'}]};
      return null;
    },
    async *events() {
      const events = [buildEvent({id: 1}), buildEvent({id: 2})];
      yield {schemaVersion: 1, events: once.has('events') ? events : events.slice(0, 1)};
      once.add('events');
      return null;
    },
  };
}

function record(parts: readonly (readonly Snapshot[])[], options: Partial<RecordOptions> = {}) {
  const stopped = new AbortController();
  return recordNode({
    client: clientOf(parts, () => stopped.abort()),
    file,
    forMs: null,
    signal: stopped.signal,
    mask: (text) => text.replace('secret words', '****'),
    ...options,
  });
}

function snapshots(count: number, from = 0): Snapshot[] {
  return Array.from({length: count}, (_, index) => ({...base, takenAtMs: (from + index) * 1_000, sequence: index}));
}

test('snapshots of one supervisor and of the next, each log line and event once, for the owner only', async () => {
  const recorded = await record([snapshots(3), snapshots(2, 3)]);
  const text = readFileSync(file, 'utf8');
  expect(recorded).toEqual({ok: true, value: {snapshots: 5, bytes: Buffer.byteLength(text), end: 'requested'}});
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const recording = openRecording(Buffer.from(text));
  if (!recording.ok) throw new Error(recording.error.message);
  const {timesMs, logUntil, events, damagedLines} = recording.value;
  expect([timesMs, damagedLines]).toEqual([[0, 1_000, 2_000, 3_000, 4_000], 0]);
  expect(logUntil(runId, null, 10).map((line) => line.text)).toEqual(['prompt: ****', 'two', 'three']);
  expect(events.map(({id}) => id)).toEqual(expect.arrayContaining([1]));
  expect(new Set(events.map(({id}) => id)).size).toBe(events.length);
});

test('a recording that has its largest size ends complete, and says so', async () => {
  const recorded = await record([snapshots(400)], {mostBytes: 60_000});
  expect(recorded).toMatchObject({ok: true, value: {end: 'full'}});
  const text = readFileSync(file, 'utf8');
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
  expect(openRecording(Buffer.from(text))).toMatchObject({ok: true, value: {damagedLines: 0}});
});

test('a file that exists is never written to', async () => {
  writeFileSync(file, 'mine');
  expect(await record([])).toMatchObject({ok: false, error: {code: 'record.not-written'}});
  expect(readFileSync(file, 'utf8')).toBe('mine');
  const inNoDirectory = await record([], {file: path.join(file, 'below')});
  expect(inNoDirectory).toMatchObject({ok: false, error: {code: 'record.not-written', message: /ENOTDIR/}});
});

test('after its time it ends by itself', async () => {
  const recorded = await record([[]], {
    forMs: 1,
    signal: new AbortController().signal,
    client: clientOf([snapshots(1), [], [], []], () => undefined),
  });
  expect(recorded).toMatchObject({ok: true, value: {end: 'time'}});
});
