import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {listRuns, pruneRunDirectories, runDirectory} from '../../../src/supervisor/state-dir/run-directories.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let stateDir = '';
beforeEach(() => {
  stateDir = temporaryDirectory('runs');
});

const runIds = ['20260101-000000-a', '20260102-000000-a', '20260103-000000-a', '20260104-000000-a'];

function makeRuns(): void {
  for (const runId of runIds) {
    mkdirSync(runDirectory(stateDir, runId), {recursive: true});
    writeFileSync(path.join(runDirectory(stateDir, runId), 'engine.log'), 'log\n');
  }
}

test('keeps the newest runs and removes the rest', async () => {
  makeRuns();
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, keep: 2})).toEqual(runIds.slice(0, 2));
  expect(await listRuns(stateDir)).toEqual(runIds.slice(2));
});

test('never removes the live run, however old it is', async () => {
  makeRuns();
  expect(await pruneRunDirectories(stateDir, {liveRunId: runIds[0] ?? '', keep: 1})).toEqual(runIds.slice(1, 3));
  expect(await listRuns(stateDir)).toEqual([runIds[0], runIds[3]]);
});

test('never removes a run whose engine is alive, even if it is not listed', async () => {
  makeRuns();
  const birth = readFileSync('/proc/self/stat', 'utf8');
  writeFileSync(path.join(runDirectory(stateDir, runIds[1] ?? ''), 'engine.birth'), birth);
  writeFileSync(path.join(runDirectory(stateDir, runIds[1] ?? ''), 'engine.pid'), `${process.pid}\n`);
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, keep: 1})).toEqual([runIds[0], runIds[2]]);
});

test('finds nothing to do if nothing ever ran', async () => {
  expect(await pruneRunDirectories(stateDir, {liveRunId: null})).toEqual([]);
});
