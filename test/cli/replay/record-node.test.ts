import {appendFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {openRecording} from '../../../src/api/recording/open-recording.ts';
import {MAX_RECORDING_BYTES} from '../../../src/api/recording/recording.ts';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {type RecordOptions, recordNode} from '../../../src/cli/replay/record-node.ts';
import {createRecordingFile, type RecordingFile} from '../../../src/cli/replay/recording-file.ts';
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

function openFile(mostBytes = MAX_RECORDING_BYTES): RecordingFile {
  const created = createRecordingFile(file, mostBytes);
  if (!created.ok) throw new Error(created.error.message);
  return created.value;
}

function record(
  parts: readonly (readonly Snapshot[])[],
  {mostBytes, ...options}: Partial<RecordOptions> & {readonly mostBytes?: number} = {},
) {
  const stopped = new AbortController();
  return recordNode({
    client: clientOf(parts, () => stopped.abort()),
    file: options.file ?? openFile(mostBytes),
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
  const {timesMs, logUntil, events, damaged} = recording.value;
  expect([timesMs, damaged.count]).toEqual([[0, 1_000, 2_000, 3_000, 4_000], 0]);
  expect(logUntil(runId, null, 10).map((line) => line.text)).toEqual(['prompt: ****', 'two', 'three']);
  expect(events.map(({id}) => id)).toEqual(expect.arrayContaining([1]));
  expect(new Set(events.map(({id}) => id)).size).toBe(events.length);
});

test('a recording that has its largest size ends complete, and says so', async () => {
  const recorded = await record([snapshots(400)], {mostBytes: 60_000});
  expect(recorded).toMatchObject({ok: true, value: {end: 'full'}});
  const text = readFileSync(file, 'utf8');
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
  expect(openRecording(Buffer.from(text))).toMatchObject({ok: true, value: {damaged: {count: 0, first: 0}}});
});

test('a file that exists is never written to, and what cannot be created says why', () => {
  writeFileSync(file, 'mine');
  const faultOf = (at: string): unknown => createRecordingFile(at, 1);
  const notWritten = (message: unknown, remedy: unknown = expect.any(String)): object => ({
    ok: false,
    error: {code: 'record.not-written', message, remedy},
  });
  expect(faultOf(file)).toEqual(notWritten(`${file} exists already.`));
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect(faultOf(path.dirname(file))).toEqual(notWritten(`${path.dirname(file)} is a directory.`));
  const link = path.join(path.dirname(file), 'link');
  symlinkSync(link, link);
  expect(faultOf(link)).toEqual(notWritten(`${link} exists already.`));
  expect(faultOf(path.join(file, 'below'))).toEqual(
    notWritten(expect.stringContaining('ENOTDIR'), 'Give another file with --record.'),
  );
});

/** The file on a disk that takes so many lines, and half of the one after them. */
function fillingDisk(lines: number): RecordingFile {
  const whole = openFile();
  let left = lines;
  const isFull = (): boolean => left < 0;
  return {
    ...whole,
    write(line) {
      left -= 1;
      if (!isFull()) return whole.write(line);
      appendFileSync(file, '{"patch":{"/take');
      return false;
    },
    failure: () => (isFull() ? {code: 'record.not-written', message: 'full', remedy: 'Free space.'} : null),
  };
}

test('a disk that becomes full ends it, with what was written before, and without the half of a line', async () => {
  expect(await record([snapshots(60)], {file: fillingDisk(20)})).toEqual({
    ok: false,
    error: {
      code: 'record.not-written',
      message: 'full',
      remedy: 'Free space. What was written before can be replayed.',
    },
  });
  expect(openRecording(readFileSync(file))).toMatchObject({ok: true, value: {damaged: {count: 0}}});
});

test('a disk without room for one snapshot leaves no file, and the error offers no replay', async () => {
  expect(await record([snapshots(2)], {file: fillingDisk(0)})).toMatchObject({
    ok: false,
    error: {code: 'record.not-written', remedy: 'Free space. Nothing was recorded.'},
  });
  expect(existsSync(file)).toBe(false);
});

test('log and events without a snapshot are no recording', async () => {
  expect(await record([[]])).toMatchObject({ok: false, error: {code: 'record.empty'}});
  expect(existsSync(file)).toBe(false);
});

test('after its time it ends by itself', async () => {
  const recorded = await record([[]], {
    forMs: 1,
    signal: new AbortController().signal,
    client: clientOf([snapshots(1), [], [], []], () => undefined),
  });
  expect(recorded).toMatchObject({ok: true, value: {end: 'time'}});
});
