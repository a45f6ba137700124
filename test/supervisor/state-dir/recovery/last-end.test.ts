import {statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {Snapshot} from '../../../../src/api/snapshot.ts';
import type {Observation} from '../../../../src/supervisor/snapshot/observation.ts';
import {
  keepLastEnd,
  LAST_END,
  type LastEnd,
  lastEndRemedy,
  lastEndText,
  readLastEnd,
} from '../../../../src/supervisor/state-dir/recovery/last-end.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {buildFinding, buildSnapshot} from '../../../support/build-snapshot.ts';

const atMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const reason = {code: 'vllm.x', message: 'Out of memory.', remedy: 'Lower the context.'};
const failure = buildFinding({...reason, severity: 'critical'});

let stateDir: string;
let seen: Observation[];
beforeEach(() => {
  stateDir = temporaryDirectory('last-end');
  seen = [];
});

const supervisor = () => keepLastEnd({stateDir, observe: (observation) => seen.push(observation)});
const at = (engine: Partial<Snapshot['engine']>, findings: Snapshot['findings'] = []): Snapshot =>
  buildSnapshot({engine, findings, takenAtMs: atMs + 5_000, simulated: false});
const ready = at({state: 'ready', runId: 'run-1'});
const exit = {status: 137, atMs, wasRequested: false};
const failed = at({state: 'failed', runId: null, exit}, [failure, {...failure, code: 'y', explainedBy: 0}]);
const fresh = at({state: 'stopped', runId: null, exit: null});

test('the end of a run is kept with its time and its reason, until the next start', () => {
  const one = supervisor();
  one.begin(ready);
  one.note(at({state: 'failed', runId: 'run-1', exit}, [failure]));
  expect(readLastEnd({stateDir}), 'its processes remain').toBeNull();
  one.note(failed);
  const end: LastEnd = {schemaVersion: 1, state: 'failed', atMs, runId: 'run-1', simulated: false, findings: [reason]};
  expect(readLastEnd({stateDir})).toEqual(end);
  expect(lastEndText(end)).toBe('The last run failed at 2026-01-02 03:04:05 UTC: Out of memory.');
  expect(lastEndRemedy(end)).toBe('Lower the context.');
  expect(statSync(path.join(stateDir, 'last-end.json')).mode & 0o777).toBe(0o600);
  one.note(at({state: 'preflight', runId: null}));
  expect(readLastEnd({stateDir})).toBeNull();
});

test('a start that was refused has no run, and an unknown time is one', () => {
  const one = supervisor();
  one.begin(fresh);
  one.note(at({state: 'preflight', runId: null, exit: null}));
  one.note(at({state: 'failed', runId: null, exit: null}, [failure]));
  expect(readLastEnd({stateDir})).toMatchObject({runId: null, atMs: atMs + 5_000});
  one.note(at({state: 'failed', runId: null, exit: {...exit, atMs: null}}));
  const end = readLastEnd({stateDir});
  if (end === null) throw new Error('nothing was kept');
  expect(lastEndText(end)).toBe('The last start failed at an unknown time.');
  expect(lastEndRemedy(end)).toContain('gantry diagnose');
});

test('a stop is kept without a reason', () => {
  const one = supervisor();
  one.begin(ready);
  one.note(at({state: 'stopped', runId: null, exit: {status: 0, atMs, wasRequested: true}}, [failure]));
  const end = readLastEnd({stateDir});
  expect(end).toMatchObject({state: 'stopped', findings: []});
  expect(end === null ? '' : lastEndText(end) + lastEndRemedy(end)).toBe(
    'The last run was stopped at 2026-01-02 03:04:05 UTC.',
  );
});

test('the next supervisor reports a failure until the next start, and keeps it', () => {
  const one = supervisor();
  one.begin(ready);
  one.note(failed);
  seen = [];
  const next = supervisor();
  next.begin(fresh);
  const message = expect.stringContaining('The last run failed at 2026-01-02');
  expect(seen).toMatchObject([{type: 'own-finding', finding: {code: LAST_END, severity: 'warning', message}}]);
  next.note(fresh);
  expect(readLastEnd({stateDir})).toMatchObject({state: 'failed'});
  next.note(at({state: 'preflight', runId: null}));
  expect(seen.at(-1)).toEqual({type: 'own-finding-resolved', topic: LAST_END});
});

test.each([
  ['of the simulated node on a real one', fresh, true],
  ['where an engine runs', ready, false],
])('no failure is reported %s', (_, snapshot, isSimulated) => {
  const one = supervisor();
  one.begin(ready);
  one.note({...failed, simulated: isSimulated});
  seen = [];
  supervisor().begin(snapshot);
  expect(seen.filter(({type}) => type === 'own-finding')).toEqual([]);
});

test('a damaged file says nothing', () => {
  writeFileSync(path.join(stateDir, 'last-end.json'), '{"schemaVersion":1');
  expect(readLastEnd({stateDir})).toBeNull();
  supervisor().begin(fresh);
  expect(seen).toEqual([]);
});
