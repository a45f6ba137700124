import {afterEach, describe, expect, test} from 'vitest';
import {eventually} from '../../harness/eventually.ts';
import {type Behavior, FakeNvidiaSmi, WatchedSource} from './fake-nvidia-smi.ts';

const opened: {readonly fake: FakeNvidiaSmi; readonly source: WatchedSource}[] = [];

function open(behavior: Behavior) {
  const fake = new FakeNvidiaSmi(behavior);
  const source = new WatchedSource(fake.executable);
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
  test('emits frames, the inventory and the processes, without findings', async () => {
    const processes = 'GPU-00000000-0000-4000-8000-000000000001, 4711, 1000, VLLM::Worker, TP0\n';
    const {fake, source} = open({gpus: 3, processes});
    await eventually(
      () => source.of('frame').length > 2 && source.of('processes').length > 0,
      'frames, inventory, processes',
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

  test('an nvidia-smi that hangs with the state of NVLink delays no other reading and no finding', async () => {
    const {fake, source} = open({nvlink: 'hangs', ecc: 3});
    const isOpen = () => fake.alive('nvlink').length === 1;
    await eventually(() => isOpen() && source.of('inventory').length > 0, 'the inventory, while it hangs');
    await eventually(
      () => source.codes.includes('ecc-uncorrected') && source.of('processes').length > 1,
      'the errors and the processes',
    );
    fake.behave({nvlink: 'hangs', ecc: 3, lost: 1, lostMidway: true});
    await eventually(() => source.codes.includes('gpu-lost'), 'the GPU is lost');
    const cards = () => source.of('inventory').at(-1)?.inventory.gpus;
    await eventually(() => cards()?.[1]?.fault === 'GPU is lost', 'the next inventory has it');
    expect(isOpen(), 'it still hangs').toBe(true);
    expect(fake.calls().filter((call) => call.includes('nvlink'))).toHaveLength(1);
  });

  test('rows that arrive in pieces still give complete frames', async () => {
    const {source} = open({gpus: 4, pauseInRow: 15});
    await eventually(() => source.of('frame').length > 3, 'three frames');
    for (const {frame} of source.of('frame')) expect(frame.gpus).toHaveLength(4);
  });

  test('without a readable help text it requests all fields and drops the rejected ones', async () => {
    const {fake, source} = open({help: 'none'});
    await eventually(() => source.of('frame').length > 0, 'a frame');
    const rejected = fake.calls().filter((call) => call.includes('--query-gpu') && !call.includes('-lms'));
    expect(rejected.length).toBeGreaterThan(3);
    expect(source.lastFrame?.gpus[0]?.fabricState).toEqual({absent: 'not supported by this driver'});
  });
});

describe('a stream that fails', () => {
  test('is restarted when it exits, and the finding is resolved when frames arrive again', async () => {
    const {fake, source} = open({dieAfter: 2});
    await eventually(() => source.codes.includes('stream-ended'), 'the death is named');
    fake.behave({});
    await eventually(() => source.codes.length === 0, 'frames are back');
    expect(fake.calls().filter((call) => call.includes('-lms')).length).toBeGreaterThan(1);
    for (const {frame} of source.of('frame')) expect(frame.gpus).toHaveLength(2);
  });

  test('has old data after three silent intervals; silent again, it is named, and its successor heals it', async () => {
    const {fake, source} = open({silentAfter: 3});
    await eventually(() => source.of('stale').length > 0, 'stale');
    const [stale] = source.of('stale');
    const before = source.events.slice(
      0,
      source.events.findIndex(({type}) => type === 'stale'),
    );
    const lastFrame = before.findLast((event) => event.type === 'frame');
    // Taken between the stamp of the frame's last row and the arrival of the frame.
    expect(stale?.sinceMs).toBeGreaterThanOrEqual(lastFrame?.frame.stamp.monotonicMs ?? Number.NaN);
    const arrivedMs = source.arrivalsMs[before.findLastIndex(({type}) => type === 'frame')];
    expect(stale?.sinceMs).toBeLessThanOrEqual(arrivedMs ?? Number.NaN);
    expect(source.saidCodes).toEqual([]);
    await eventually(() => source.codes.includes('timeout'), 'the second silence is named');
    fake.behave({});
    await eventually(() => source.codes.length === 0, 'healthy again');
    expect(fake.calls('end(0)').some((call) => call.includes('-lms'))).toBe(true);
  });

  test('is killed if it ignores SIGTERM, and never runs twice', async () => {
    const {fake, source} = open({silentAfter: 2, ignoresTerm: true});
    await eventually(() => fake.calls().filter((call) => call.includes('-lms')).length > 1, 'the second stream');
    expect(fake.calls('ignored').length).toBeGreaterThan(0);
    expect(fake.alive('-lms')).toHaveLength(1);
    expect(source.saidCodes).not.toContain('driver-not-answering');
  });

  test('a missing program is reported, and found when it is installed', async () => {
    const fake = new FakeNvidiaSmi({});
    const source = new WatchedSource(`${fake.executable}-missing`);
    opened.push({fake, source});
    await eventually(() => source.codes.includes('not-found'), 'not found');
    expect(source.of('frame')).toEqual([]);
  });

  test('stop does not wait for a hanging query', async () => {
    const {fake, source} = open({once: 'hangs'});
    await eventually(() => fake.calls().some((call) => call.includes('-x')), 'the slow query hangs');
    await source.stop();
    expect(fake.alive()).toEqual([]);
  });

  test('a driver that is not loaded is reported while the slow queries fail', async () => {
    const {source} = open({once: 'error'});
    await eventually(() => source.codes.includes('driver-not-loaded'), 'named');
  });
});

describe('a card that is lost', () => {
  test('while the stream runs: its row is identified by its position, and the inventory is read immediately', async () => {
    const {fake, source} = open({gpus: 4});
    await eventually(() => source.of('frame').length > 2 && source.of('inventory').length === 1, 'healthy frames');
    fake.behave({gpus: 4, lost: 2, lostMidway: true});
    await eventually(() => source.codes.includes('gpu-lost'), 'the loss is named');
    expect(source.lastFrame?.gpus.map(({index, fault}) => [index, fault])).toEqual([
      [0, null],
      [1, null],
      [2, 'GPU is lost'],
      [3, null],
    ]);
    await eventually(() => source.of('inventory').length > 1, 'the inventory');
  });

  test('before the stream starts, on a new driver: the gap is reported', async () => {
    const {source} = open({gpus: 4, lost: 1, branch: 580});
    await eventually(() => source.of('frame').length > 1, 'frames');
    await eventually(() => source.codes.includes('gpu-missing'), 'both are said');
    expect(source.lastFrame).toMatchObject({expectedCount: 4, missingIndexes: [1]});
    expect(source.lastFrame?.gpus.map((gpu) => gpu.index)).toEqual([0, 2, 3]);
  });

  test('on an older driver it breaks the query: the healthy cards are queried one by one', async () => {
    const {fake, source} = open({gpus: 3, lost: 2, branch: 535});
    await eventually(() => source.of('frame').length > 3, 'frames of the healthy ones');
    for (const {frame} of source.of('frame')) {
      expect(frame.gpus.map((gpu) => gpu.index)).toEqual([0, 1]);
      expect(frame.missingIndexes).toEqual([2]);
    }
    await eventually(() => source.codes.includes('one-by-one') && source.codes.includes('gpu-lost'), 'named');
    await eventually(() => source.of('inventory').length > 0, 'the inventory has them too');
    expect(
      source
        .of('inventory')
        .at(-1)
        ?.inventory.gpus.map((gpu) => gpu.index),
    ).toEqual([0, 1]);
    fake.behave({gpus: 3, branch: 535});
    for (const pid of fake.alive()) process.kill(pid, 'SIGTERM');
    await eventually(() => source.lastFrame?.gpus.length === 3, 'the whole query is back');
    await eventually(() => source.codes.length === 0, 'healthy');
  });
});
