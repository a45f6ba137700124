import {afterEach, describe, expect, test} from 'vitest';
import {type Behavior, FakeNvidiaSmi, until, WatchedSource} from './fake-nvidia-smi.ts';

const opened: {readonly fake: FakeNvidiaSmi; readonly source: WatchedSource}[] = [];

function open(behavior: Behavior, intervalMs?: number) {
  const fake = new FakeNvidiaSmi(behavior);
  const source = new WatchedSource(fake.executable, intervalMs);
  opened.push({fake, source});
  return {fake, source};
}

afterEach(async () => {
  for (const {fake, source} of opened.splice(0)) {
    await source.stop();
    expect(fake.alive()).toEqual([]);
    fake.remove();
  }
});

describe('a healthy node', () => {
  test('gives frames, the inventory and the processes, and says that nothing is wrong', async () => {
    const processes = 'GPU-00000000-0000-4000-8000-000000000001, 4711, 1000, VLLM::Worker, TP0\n';
    const {fake, source} = open({gpus: 3, processes});
    await until(
      'frames, inventory, processes',
      () => source.of('frame').length > 2 && source.of('processes').length > 0,
    );
    expect(source.lastFrame?.gpus.map((gpu) => gpu.index)).toEqual([0, 1, 2]);
    expect(source.lastFrame).toMatchObject({expectedCount: 3, missingIndexes: []});
    expect(source.lastFrame?.gpus[1]).toMatchObject({
      memoryTotalBytes: 81_559 * 1024 ** 2,
      memoryFreeBytes: 80_079 * 1024 ** 2,
    });
    expect(source.lastFrame?.gpus[1]?.name).toEqual({absent: 'not requested by the stream'});
    expect(source.of('inventory')[0]?.inventory).toMatchObject({
      driverVersion: '580.10',
      gpus: [{index: 0}, {index: 1}, {index: 2}],
    });
    expect(source.of('processes')[0]?.processes).toEqual([
      {
        pid: 4711,
        name: 'VLLM::Worker, TP0',
        usedBytes: 1000 * 1024 ** 2,
        gpuUuid: 'GPU-00000000-0000-4000-8000-000000000001',
      },
    ]);
    expect(source.codes).toEqual([]);
    const streams = fake.calls().filter((call) => call.includes('-lms'));
    expect(streams).toHaveLength(1);
    expect(streams[0]).not.toMatch(/fabric\.state|name,/);
  });

  test('rows that come in pieces over a while still make whole frames', async () => {
    const {source} = open({gpus: 4, pauseInRow: 15});
    await until('three frames', () => source.of('frame').length > 3);
    for (const {frame} of source.of('frame')) expect(frame.gpus).toHaveLength(4);
  });

  test('a help text that cannot be read is got around by asking and dropping what is rejected', async () => {
    const {fake, source} = open({help: 'none'});
    await until('a frame', () => source.of('frame').length > 0);
    const rejected = fake.calls().filter((call) => call.includes('--query-gpu') && !call.includes('-lms'));
    expect(rejected.length).toBeGreaterThan(3);
    expect(source.lastFrame?.gpus[0]?.fabricState).toEqual({absent: 'not supported by this driver'});
  });
});

describe('a stream that fails', () => {
  test('is started again when it dies, and the finding goes when frames are back', async () => {
    const {fake, source} = open({dieAfter: 2});
    await until('the death is named', () => source.codes.includes('stream-ended'));
    fake.behave({});
    await until('frames are back', () => source.codes.length === 0);
    expect(fake.calls().filter((call) => call.includes('-lms')).length).toBeGreaterThan(1);
    for (const {frame} of source.of('frame')) expect(frame.gpus).toHaveLength(2);
  });

  test('is stale after three silent intervals, is ended, and its successor heals it', async () => {
    const {fake, source} = open({silentAfter: 3});
    await until('stale', () => source.of('stale').length > 0);
    const [stale] = source.of('stale');
    expect(stale?.detail).toMatch(/^nvidia-smi has delivered no complete frame for 0\.\d s$/);
    const before = source.events.slice(
      0,
      source.events.findIndex(({type}) => type === 'stale'),
    );
    const lastFrame = before.findLast((event) => event.type === 'frame');
    // The row's stamp and the frame's time are taken one after the other.
    expect((stale?.sinceMs ?? 0) - (lastFrame?.frame.stamp.monotonicMs ?? 0)).toBeLessThan(150);
    expect(stale?.sinceMs).toBeGreaterThanOrEqual(lastFrame?.frame.stamp.monotonicMs ?? Number.NaN);
    expect(source.codes).toContain('timeout');
    fake.behave({});
    await until('healthy again', () => source.codes.length === 0);
    expect(fake.calls('end(0)').some((call) => call.includes('-lms'))).toBe(true);
  });

  test('is killed when it does not heed SIGTERM, and never runs twice', async () => {
    const {fake, source} = open({silentAfter: 2, ignoresTerm: true});
    await until('the second stream', () => fake.calls().filter((call) => call.includes('-lms')).length > 1);
    expect(fake.calls('ignored').length).toBeGreaterThan(0);
    expect(fake.alive('-lms')).toHaveLength(1);
    expect(source.saidCodes).toContain('timeout');
    expect(source.saidCodes).not.toContain('driver-not-answering');
  });

  test('a program that is not there is named, and found when it comes', async () => {
    const fake = new FakeNvidiaSmi({});
    const source = new WatchedSource(`${fake.executable}-missing`);
    opened.push({fake, source});
    await until('not found', () => source.codes.includes('not-found'));
    expect(source.of('frame')).toEqual([]);
  });

  test('stop does not wait for a query that hangs', async () => {
    const {fake, source} = open({once: 'hangs'});
    await until('the slow query hangs', () => fake.calls().some((call) => call.includes('-x')));
    const start = performance.now();
    await source.stop();
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(fake.alive()).toEqual([]);
  });

  test('a driver that is not loaded is named while the slow queries fail', async () => {
    const {source} = open({once: 'error'});
    await until('named', () => source.codes.includes('driver-not-loaded'));
  });
});

describe('a card that is lost', () => {
  test('while the stream runs: its row is told by its place, and the inventory is read at once', async () => {
    const {fake, source} = open({gpus: 4});
    await until('healthy frames', () => source.of('frame').length > 2 && source.of('inventory').length === 1);
    fake.behave({gpus: 4, lost: 2, lostMidway: true});
    await until('the loss is named', () => source.codes.includes('gpu-lost'));
    expect(source.lastFrame?.gpus.map(({index, fault}) => [index, fault])).toEqual([
      [0, null],
      [1, null],
      [2, 'GPU is lost'],
      [3, null],
    ]);
    await until('the inventory', () => source.of('inventory').length > 1, 10_000);
  });

  test('before the stream starts, on a new driver: the gap is named', async () => {
    const {source} = open({gpus: 4, lost: 1, branch: 580});
    await until('frames', () => source.of('frame').length > 1);
    await until('both are said', () => source.codes.includes('gpu-missing'));
    expect(source.lastFrame).toMatchObject({expectedCount: 4, missingIndexes: [1]});
    expect(source.lastFrame?.gpus.map((gpu) => gpu.index)).toEqual([0, 2, 3]);
  });

  test('on an older driver it blinds the query: the healthy cards are asked for one by one', async () => {
    const {fake, source} = open({gpus: 3, lost: 2, branch: 535});
    await until('frames of the healthy ones', () => source.of('frame').length > 3);
    for (const {frame} of source.of('frame')) {
      expect(frame.gpus.map((gpu) => gpu.index)).toEqual([0, 1]);
      expect(frame.missingIndexes).toEqual([2]);
    }
    await until('named', () => source.codes.includes('one-by-one') && source.codes.includes('gpu-lost'));
    await until('the inventory has them too', () => source.of('inventory').length > 0);
    expect(
      source
        .of('inventory')
        .at(-1)
        ?.inventory.gpus.map((gpu) => gpu.index),
    ).toEqual([0, 1]);
    fake.behave({gpus: 3, branch: 535});
    for (const pid of fake.alive()) process.kill(pid, 'SIGTERM');
    await until('the whole query is back', () => source.lastFrame?.gpus.length === 3);
    await until('healthy', () => source.codes.length === 0, 40_000);
  }, 60_000);
});
