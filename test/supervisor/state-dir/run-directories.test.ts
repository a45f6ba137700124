import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {listRuns, pruneRunDirectories, runDirectory} from '../../../src/supervisor/state-dir/run-directories.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const failed: string[] = [];
const onFailed = (directory: string): void => void failed.push(directory);
let stateDir = '';
beforeEach(() => {
  failed.length = 0;
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
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, keep: 2, onFailed})).toEqual(runIds.slice(0, 2));
  expect(await listRuns(stateDir)).toEqual(runIds.slice(2));
});

test('never removes the live run, however old it is', async () => {
  makeRuns();
  expect(await pruneRunDirectories(stateDir, {liveRunId: runIds[0] ?? '', keep: 1, onFailed})).toEqual(
    runIds.slice(1, 3),
  );
  expect(await listRuns(stateDir)).toEqual([runIds[0], runIds[3]]);
});

test('never removes a run whose engine is alive, even if it is not listed', async () => {
  makeRuns();
  const birth = readFileSync('/proc/self/stat', 'utf8');
  writeFileSync(path.join(runDirectory(stateDir, runIds[1] ?? ''), 'engine.birth'), birth);
  writeFileSync(path.join(runDirectory(stateDir, runIds[1] ?? ''), 'engine.pid'), `${process.pid}\n`);
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, keep: 1, onFailed})).toEqual([runIds[0], runIds[2]]);
});

test('finds nothing to do if nothing ever ran', async () => {
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, onFailed})).toEqual([]);
});

test('passes over what cannot be removed, and removes the rest', async () => {
  makeRuns();
  const unreadable = runDirectory(stateDir, runIds[0] ?? '');
  // Its record cannot be read as a file, by root either.
  mkdirSync(path.join(unreadable, 'engine.pid'));
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, keep: 2, onFailed})).toEqual([runIds[1]]);
  expect(failed).toEqual([unreadable]);
});

test('removes nothing where the runs cannot be listed', async () => {
  writeFileSync(path.join(stateDir, 'runs'), '');
  expect(await pruneRunDirectories(stateDir, {liveRunId: null, onFailed})).toEqual([]);
  expect(failed).toEqual([path.join(stateDir, 'runs')]);
});
