import {afterEach, expect, test, vi} from 'vitest';
import {FakeNvidiaSmi, until, WatchedSource} from './fake-nvidia-smi.ts';

afterEach(() => vi.restoreAllMocks());

/** A process in the driver's hands heeds no signal at all: here none is delivered. */
function withoutSignals() {
  const kill = process.kill.bind(process);
  const isSignal = (pid: number) => pid < 0;
  return vi.spyOn(process, 'kill').mockImplementation((pid, signal) => (isSignal(pid) ? true : kill(pid, signal)));
}

const streamsOf = (fake: FakeNvidiaSmi) => fake.calls().filter((call) => call.includes('-lms')).length;

test('children that hang in the kernel are left alone, and at most one further one is started', async () => {
  const fake = new FakeNvidiaSmi({silentAfter: 2});
  const source = new WatchedSource(fake.executable);
  await until('the stream runs', () => source.of('frame').length > 1 && source.of('processes').length > 0);
  const unkillable = withoutSignals();
  await until('it hangs', () => source.codes.includes('driver-not-answering'));
  await until('the further one hangs too', () => streamsOf(fake) === 2 && fake.alive().length === 2);
  await until('both are said', () => /2 nvidia-smi hang/.test(JSON.stringify(source.of('findings').at(-1))));
  const callsBefore = fake.calls().length;
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  expect(fake.calls()).toHaveLength(callsBefore);
  expect(source.codes).toContain('driver-not-answering');
  unkillable.mockRestore();
  fake.behave({});
  for (const pid of fake.alive()) process.kill(pid, 'SIGKILL');
  await until('all is well again', () => source.codes.length === 0, 40_000);
  expect(streamsOf(fake)).toBe(3);
  await source.stop();
  expect(fake.alive()).toEqual([]);
  fake.remove();
}, 90_000);

test('stop gives up on a child that hangs in the kernel', async () => {
  const fake = new FakeNvidiaSmi({});
  const source = new WatchedSource(fake.executable);
  await until('the stream runs', () => source.of('frame').length > 1);
  const unkillable = withoutSignals();
  const start = performance.now();
  await source.stop();
  expect(performance.now() - start).toBeLessThan(6_000);
  unkillable.mockRestore();
  for (const pid of fake.alive()) process.kill(pid, 'SIGKILL');
  fake.remove();
});
