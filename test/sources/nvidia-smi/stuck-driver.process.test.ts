import {afterEach, expect, test, vi} from 'vitest';
import {eventually} from '../../harness/eventually.ts';
import {FakeNvidiaSmi, WatchedSource} from './fake-nvidia-smi.ts';

afterEach(() => vi.restoreAllMocks());

/** A process in the driver's hands heeds no signal at all: here none is delivered. */
function withoutSignals() {
  const kill = process.kill.bind(process);
  const isSignal = (pid: number) => pid < 0;
  return vi.spyOn(process, 'kill').mockImplementation((pid, signal) => (isSignal(pid) ? true : kill(pid, signal)));
}

const streamsOf = (fake: FakeNvidiaSmi) => fake.calls().filter((call) => call.includes('-lms')).length;

test('children that hang in the kernel are left alone, and at most one more is started', async () => {
  const fake = new FakeNvidiaSmi({silentAfter: 2});
  const source = new WatchedSource(fake.executable, {processesEveryMs: 50});
  await eventually(() => source.of('frame').length > 1 && source.of('processes').length > 0, 'the stream runs');
  const unkillable = withoutSignals();
  await eventually(() => source.codes.includes('driver-not-answering'), 'it hangs');
  await eventually(() => streamsOf(fake) === 2 && fake.alive().length === 2, 'the further one hangs too');
  await eventually(() => /2 nvidia-smi hang/.test(JSON.stringify(source.of('findings').at(-1))), 'both are said');
  const callsBefore = fake.calls().length;
  // A healthy one of the same pace keeps the time.
  const healthy = new FakeNvidiaSmi({});
  const other = new WatchedSource(healthy.executable, {processesEveryMs: 50});
  await eventually(() => other.of('processes').length > 20, 'twenty queries of a healthy driver');
  await other.stop();
  healthy.remove();
  expect(fake.calls()).toHaveLength(callsBefore);
  expect(source.codes).toContain('driver-not-answering');
  unkillable.mockRestore();
  fake.behave({});
  for (const pid of fake.alive()) process.kill(pid, 'SIGKILL');
  await eventually(() => source.codes.length === 0, 'all is well again');
  expect(streamsOf(fake)).toBe(3);
  await source.stop();
  expect(fake.alive()).toEqual([]);
  fake.remove();
});

test('stop gives up on a child that hangs in the kernel', async () => {
  const fake = new FakeNvidiaSmi({});
  const source = new WatchedSource(fake.executable);
  await eventually(() => source.of('frame').length > 1, 'the stream runs');
  const unkillable = withoutSignals();
  await source.stop();
  unkillable.mockRestore();
  for (const pid of fake.alive()) process.kill(pid, 'SIGKILL');
  fake.remove();
});
