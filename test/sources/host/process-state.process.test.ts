import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {readProcessState} from '../../../src/sources/host/process-state.ts';
import {eventually} from '../../harness/eventually.ts';
import {startProcess} from '../../harness/processes.ts';

/** A process that sleeps, under a name that looks like the rest of its own line in /proc. */
async function startSleeper() {
  const title = 'a) Z (b';
  const script = `process.title = '${title}'; setInterval(() => 0, 60_000)`;
  const {pid, child, ended} = startProcess(process.execPath, ['-e', script]);
  await eventually(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === title, 'its name');
  return {pid, child, ended};
}

test('the state of a process is read, whatever its name is', async () => {
  const {child, pid} = await startSleeper();
  await eventually(() => readProcessState(pid) === 'S', 'it sleeps');
  child.kill('SIGSTOP');
  await eventually(() => readProcessState(pid) === 'T', 'it is stopped');
});

test('a process that has ended has none', async () => {
  const {child, pid, ended} = await startSleeper();
  child.kill('SIGKILL');
  await ended;
  expect(readProcessState(pid)).toBeNull();
});
