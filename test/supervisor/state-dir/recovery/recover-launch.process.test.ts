import {afterAll, expect, test} from 'vitest';
import {isSameProcess, readBootId} from '../../../../src/supervisor/process/process-identity.ts';
import {findAdoptableRun} from '../../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../../src/supervisor/state-dir/journal-entry.ts';
import {recoverLaunch} from '../../../../src/supervisor/state-dir/recovery/recover-launch.ts';
import {settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {createBench, fake} from '../../process/process-bench.ts';

const bench = createBench();
afterAll(() => bench.clean());

const launching = (runId: string, directory: string, bootId = readBootId()): JournalEntry => ({
  type: 'run-launching',
  atMs: 5,
  runId,
  settings: settingsOf(),
  engineVersion: null,
  argv: ['vllm', 'serve'],
  simulated: null,
  directory,
  bootId,
});

test('an engine whose supervisor exited during the launch is found again', async () => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  const appended: JournalEntry[] = [];
  const entries = await recoverLaunch((entry) => appended.push(entry), [launching(run.runId, run.directory)]);
  const found = findAdoptableRun(entries);
  expect(entries.slice(1)).toEqual(appended);
  expect(found?.run).toEqual({...run, startedAtMs: 5});
  expect(found !== null && isSameProcess(found.run)).toBe(true);
});

test('a launch that never started an engine, or was before this boot, is over', async () => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  const cases = [launching('never', bench.newDirectory()), launching(run.runId, run.directory, 'other-boot')];
  for (const entry of cases) {
    const appended: JournalEntry[] = [];
    const outcome = {type: 'launch-failed', atMs: 5, runId: entry.runId};
    const entries = await recoverLaunch((one) => appended.push(one), [entry]);
    expect([entries, appended]).toEqual([[entry, outcome], [outcome]]);
    expect(findAdoptableRun(entries)).toBeNull();
  }
});

test('a launch with an outcome is not changed', async () => {
  const entries = [launching('run-1', '/nowhere'), {type: 'launch-failed', atMs: 6, runId: 'run-1'} as const];
  const append = (): never => {
    throw new Error('nothing is to be recorded');
  };
  expect(await recoverLaunch(append, entries)).toBe(entries);
});
