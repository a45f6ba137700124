import {expect, test, vi} from 'vitest';
import {startChild} from '../../../../src/sources/nvidia-smi/stream/start-child.ts';
import {eventually} from '../../../harness/eventually.ts';

/** Nothing that is sent to a process group arrives. */
function withoutSignals() {
  const kill = process.kill.bind(process);
  return vi.spyOn(process, 'kill').mockImplementation((pid, signal) => (pid < 0 ? true : kill(pid, signal)));
}

function start(program: string): {readonly child: ReturnType<typeof startChild>; readonly pid: () => number} {
  let out = '';
  const onStdout = (chunk: Buffer): void => {
    out += chunk.toString();
  };
  const child = startChild('/bin/sh', ['-c', `echo $$; ${program}`], {onStdout, onStderr: () => undefined});
  return {child, pid: () => Number(out)};
}

test('a killed child that sleeps on hangs in the kernel; one that only waits for a CPU does not', async () => {
  const asleep = start('exec sleep 1000');
  const stopped = start('kill -STOP $$; exec sleep 1000');
  await eventually(() => asleep.pid() > 0 && stopped.pid() > 0, 'both children');
  const unkillable = withoutSignals();
  let isOver = false;
  void stopped.child.ended.then(() => {
    isOver = true;
  });
  stopped.child.stop();
  asleep.child.stop();
  expect(await asleep.child.ended).toMatchObject({isStuck: true});
  expect(isOver).toBe(false);
  unkillable.mockRestore();
  for (const {pid} of [asleep, stopped]) process.kill(pid(), 'SIGKILL');
  expect(await stopped.child.ended).toMatchObject({isStuck: false, exitCode: null});
});
