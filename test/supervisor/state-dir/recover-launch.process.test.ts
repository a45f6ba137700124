import {afterAll, expect, test} from 'vitest';
import {isSameProcess, readBootId} from '../../../src/supervisor/process/process-identity.ts';
import {findAdoptableRun} from '../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {openJournal} from '../../../src/supervisor/state-dir/open-journal.ts';
import {recoverLaunch} from '../../../src/supervisor/state-dir/recover-launch.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {createBench, fake} from '../process/process-bench.ts';

const bench = createBench();
afterAll(() => bench.clean());

async function openFresh() {
  const stateDir = temporaryDirectory('recover');
  const opened = await openJournal({stateDir});
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value.journal;
}

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
  const recovered = await recoverLaunch(await openFresh(), [launching(run.runId, run.directory)]);
  if (!recovered.ok) throw new Error(recovered.error.message);
  const found = findAdoptableRun(recovered.value);
  expect(found?.run).toEqual({...run, startedAtMs: 5});
  expect(found !== null && isSameProcess(found.run)).toBe(true);
});

test('a launch that never started an engine, or was before this boot, is over', async () => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  const cases = [launching('never', bench.newDirectory()), launching(run.runId, run.directory, 'other-boot')];
  for (const entry of cases) {
    const recovered = await recoverLaunch(await openFresh(), [entry]);
    expect(recovered).toEqual({ok: true, value: [entry, {type: 'launch-failed', atMs: 5, runId: entry.runId}]});
    expect(recovered.ok && findAdoptableRun(recovered.value)).toBeNull();
  }
});

test('a launch with an outcome is not changed', async () => {
  const entries = [launching('run-1', '/nowhere'), {type: 'launch-failed', atMs: 6, runId: 'run-1'} as const];
  expect(await recoverLaunch(await openFresh(), entries)).toEqual({ok: true, value: entries});
});
