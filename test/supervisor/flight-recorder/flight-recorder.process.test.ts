import {readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {NewEvent} from '../../../src/api/event-schema.ts';
import {openRecording} from '../../../src/api/recording/open-recording.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {
  createFlightRecorder,
  type FlightRecorderOptions,
} from '../../../src/supervisor/flight-recorder/flight-recorder.ts';
import {readProcStatSync} from '../../../src/supervisor/process/proc-stat.ts';
import {readBootId} from '../../../src/supervisor/process/process-identity.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

let stateDir = '';
let findings: Finding[] = [];
let over: string[] = [];
let recorded: Omit<NewEvent, 'atMs'>[] = [];

beforeEach(() => {
  stateDir = temporaryDirectory('recorder');
  [findings, over, recorded] = [[], [], []];
});

function open(change: Partial<FlightRecorderOptions> = {}) {
  return createFlightRecorder({
    stateDir,
    environment: {...process.env, VLLM_API_KEY: 'planted-value'},
    secretDocuments: () => [],
    version: '1.2.3',
    getSnapshot: () => buildSnapshot(),
    getLog: () => ({
      runId: 'run-1',
      lines: [
        {number: 1, text: 'args: key planted-value'},
        {number: 2, text: "Received request a: prompt: 'a planted prompt', params: x"},
        {number: 3, text: 'RuntimeError: CUDA error'},
      ],
    }),
    subscribeLog: (listener) => {
      listener({runId: buildSnapshot().engine.runId, lines: [{number: 2, text: 'earlier'}]});
      return () => undefined;
    },
    getEvents: () => [buildEvent()],
    getRun: () => null,
    record: (event) => recorded.push(event),
    onFinding: (finding) => findings.push(finding),
    onFindingOver: (code) => over.push(code),
    ...change,
  });
}

const exited = buildEvent({
  id: 9,
  atMs: Date.UTC(2026, 10, 24, 2, 14, 15),
  code: 'engine.exited',
  severity: 'critical',
  runId: 'run-1',
  details: {status: 1, wasRequested: false, finding: 'vllm.cuda-error'},
});

const incidents = () => readdirSync(path.join(stateDir, 'incidents'));
const read = (file: string) =>
  readFileSync(path.join(stateDir, 'incidents', '20261124T021415Z-vllm.cuda-error', file), 'utf8');

test('a failure saves one directory with what happened before it, without secrets and prompts', async () => {
  const recorder = open();
  const snapshot = buildSnapshot();
  for (let second = 0; second < 400; second += 1) {
    recorder.sample({...snapshot, takenAtMs: second * 1_000});
  }
  recorder.onEvent(exited);
  // The state that follows the end is the same failure.
  recorder.onEvent(buildEvent({code: 'engine.failed'}));
  await recorder.close();
  expect(incidents()).toEqual(['20261124T021415Z-vllm.cuda-error']);
  expect(JSON.parse(read('incident.json'))).toMatchObject({
    schemaVersion: 1,
    event: exited,
    versions: {gantry: '1.2.3', node: process.version},
  });
  const rows = read('samples.jsonl').trim().split('\n');
  expect(rows).toHaveLength(300);
  expect(JSON.parse(rows.at(-1) ?? '')).toMatchObject({atMs: 399_000, state: 'ready'});
  expect(JSON.parse(read('plan.json'))).toEqual(JSON.parse(JSON.stringify(snapshot.plan)));
  expect(JSON.parse(read('settings.json'))).toMatchObject({engine: 'vllm'});
  expect(read('log.txt')).toBe(
    "args: key ****\nReceived request a: prompt: 'redacted', params: x\nRuntimeError: CUDA error\n",
  );
  const directory = path.join(stateDir, 'incidents', incidents()[0] ?? '');
  const sizes = readdirSync(directory).map((file) => statSync(path.join(directory, file)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 * 1024 * 1024);
  const all = readdirSync(directory)
    .map((file) => readFileSync(path.join(directory, file), 'utf8'))
    .join('\n');
  expect(all).not.toContain('planted');
  expect(recorded).toMatchObject([{code: 'incident.recorded', runId: 'run-1', details: {event: 9}}]);
});

test('the minutes before a failure can be replayed: every second, the log as it was, and no secret', async () => {
  const recorder = open();
  const base = buildSnapshot();
  const node = {...base.node, hostname: 'planted-value'};
  for (let second = 0; second < 700; second += 1) recorder.sample({...base, node, takenAtMs: second * 1_000});
  recorder.onEvent(exited);
  await recorder.close();
  expect(read('recording.jsonl')).not.toContain('planted');
  const recording = openRecording(Buffer.from(read('recording.jsonl')));
  if (!recording.ok) throw new Error(recording.error.message);
  const {timesMs, momentAt, logUntil, events, damaged} = recording.value;
  // Parts of a minute: the one that is being filled, and five before it.
  expect([timesMs[0], timesMs.at(-1), timesMs.length, damaged.count]).toEqual([360_000, 699_000, 340, 0]);
  expect(momentAt(100)).toMatchObject({snapshot: {takenAtMs: 460_000, node: {hostname: '****'}}, logEnd: 2});
  expect(logUntil('run-1', null, 10).map(({number}) => number)).toEqual([1, 2, 3]);
  expect(events).toEqual([buildEvent()]);
});

test('a secret that is also a word of a snapshot loses no incident', async () => {
  const recorder = open({secretDocuments: () => [{apiKey: 'backing-off'}]});
  const snapshot = buildSnapshot();
  recorder.sample({...snapshot, engine: {...snapshot.engine, state: 'backing-off'}});
  recorder.onEvent(exited);
  await recorder.close();
  expect(findings).toEqual([]);
  expect(read('samples.jsonl').trim().split('\n')).toHaveLength(1);
  expect(read('log.txt')).toContain('CUDA error');
});

test('for a hanging run, its processes are saved: which, their CPU time, and where they wait', async () => {
  const stat = readProcStatSync(process.pid);
  if (stat === null) throw new Error('no stat of this process');
  const run = {
    runId: 'run-1',
    pid: process.pid,
    sessionId: stat.sessionId,
    startTimeTicks: stat.startTimeTicks,
    bootId: readBootId(),
    startedAtMs: 1,
    directory: stateDir,
  };
  const recorder = open({getRun: () => run});
  recorder.onEvent({...exited, code: 'engine.degraded', details: {finding: 'vllm.cuda-error'}});
  await recorder.close();
  expect(JSON.parse(read('processes.json'))).toContainEqual(
    expect.objectContaining({
      pid: process.pid,
      parentPid: stat.parentPid,
      threads: expect.any(Number),
      cores: expect.any(Number),
    }),
  );
});

test('what is not a failure saves nothing', async () => {
  const recorder = open();
  recorder.onEvent(buildEvent({code: 'engine.ready'}));
  recorder.onEvent({...exited, details: {status: 0, wasRequested: true}});
  await recorder.close();
  expect(readdirSync(stateDir)).toEqual([]);
});

test('a directory that cannot be written is a finding, until it can', async () => {
  const recorder = open();
  writeFileSync(path.join(stateDir, 'incidents'), 'in the way');
  recorder.onEvent(exited);
  await recorder.close();
  expect(findings).toMatchObject([{code: 'flight-recorder.not-written', severity: 'warning'}]);
  expect(recorded).toEqual([]);
  rmSync(path.join(stateDir, 'incidents'));
  const next = open();
  next.onEvent(exited);
  await next.close();
  expect(over).toEqual(['flight-recorder.not-written']);
});
