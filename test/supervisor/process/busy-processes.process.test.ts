import {spawn} from 'node:child_process';
import {expect, test} from 'vitest';
import {busyText, readBusyProcesses} from '../../../src/supervisor/process/busy-processes.ts';
import {eventually} from '../../harness/eventually.ts';

test('busy processes are distinguished from idle ones', async () => {
  const spinning = spawn(process.execPath, ['-e', 'for (;;);']);
  const resting = spawn('sleep', ['60']);
  try {
    const pids = [spinning.pid ?? 0, resting.pid ?? 0, 2 ** 22 + 1];
    // However little of the machine is left for it.
    const seen = await eventually(async () => {
      const [first, second] = await readBusyProcesses(pids);
      return first !== undefined && first.cores > 0 && second?.state === 'S' ? [first, second] : null;
    }, 'a process that spins');
    expect(seen.map(({pid}) => pid)).toEqual(pids.slice(0, 2));
    expect(seen[1]).toMatchObject({command: 'sleep', state: 'S', cores: 0});
  } finally {
    spinning.kill('SIGKILL');
    resting.kill('SIGKILL');
  }
});

test('the text lists the few that are busy or wait in the kernel, and counts the rest', () => {
  const of = (pid: number, cores: number, state = 'S') => ({pid, command: `Worker_TP${pid}`, state, cores});
  expect(busyText([])).toBeNull();
  expect(busyText([of(1, 0), of(2, 0.1)])).toBe('all 2 processes are idle');
  expect(busyText([of(3, 1, 'R'), of(1, 0, 'D'), of(2, 0)])).toBe(
    'Worker_TP3 (pid 3) uses 1.0 cores; Worker_TP1 (pid 1) is blocked in the kernel; 1 other is idle',
  );
  expect(busyText([of(1, 0, 'T'), of(2, 0, 't')])).toBe(
    'Worker_TP1 (pid 1) is stopped by a signal; Worker_TP2 (pid 2) is held by a debugger',
  );
});
