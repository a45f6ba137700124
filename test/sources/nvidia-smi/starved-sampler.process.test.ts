import {readFileSync} from 'node:fs';
import {afterEach, describe, expect, test} from 'vitest';
import {eventually} from '../../harness/eventually.ts';
import {type Behavior, FakeNvidiaSmi, WatchedSource} from './fake-nvidia-smi.ts';

const opened: {readonly fake: FakeNvidiaSmi; readonly source: WatchedSource}[] = [];

async function openHealthy(behavior: Behavior = {}) {
  const fake = new FakeNvidiaSmi({gpus: 4, ...behavior});
  const source = new WatchedSource(fake.executable, {intervalMs: 1_000});
  opened.push({fake, source});
  await eventually(() => source.of('frame').length > 1 && source.of('inventory').length > 0, 'healthy frames');
  return {fake, source};
}

afterEach(async () => {
  for (const {fake, source} of opened.splice(0)) {
    await source.stop();
    fake.remove();
  }
});

/** Frames that came after this one, all with all four cards. */
async function nextFrames(source: WatchedSource, count: number): Promise<void> {
  const before = source.of('frame').length;
  await eventually(() => source.of('frame').length >= before + count, `${count} more frames`);
  for (const {frame} of source.of('frame')) {
    expect(frame.gpus.map(({index}) => index)).toEqual([0, 1, 2, 3]);
    expect(frame.missingIndexes).toEqual([]);
  }
}

/** Since the last frame. */
function silentMs(source: WatchedSource): number {
  const last = source.events.findLastIndex(({type}) => type === 'frame');
  return performance.now() - (source.arrivalsMs[last] ?? Number.NaN);
}

function streamPid(fake: FakeNvidiaSmi): number {
  const [pid] = fake.alive('-lms');
  if (pid === undefined) throw new Error('no stream');
  return pid;
}

describe('a sampler that is late raises nothing but old data:', () => {
  test('nvidia-smi stopped for five seconds', async () => {
    const {fake, source} = await openHealthy();
    const pid = streamPid(fake);
    process.kill(pid, 'SIGSTOP');
    await eventually(() => silentMs(source) > 5_000, 'five silent seconds');
    expect(source.of('stale')).toHaveLength(1);
    process.kill(pid, 'SIGCONT');
    await nextFrames(source, 3);
    expect(source.saidCodes).toEqual([]);
    expect(streamPid(fake)).toBe(pid);
  });

  test('half a frame in the pipe', async () => {
    const {fake, source} = await openHealthy();
    fake.behave({gpus: 4, halfAfter: 0});
    await eventually(() => source.of('stale').length > 0 && silentMs(source) > 5_000, 'old data');
    fake.behave({gpus: 4});
    await nextFrames(source, 3);
    expect(source.saidCodes).toEqual([]);
  });

  test('our own process blocked for five seconds, again and again', async () => {
    const {source} = await openHealthy();
    for (let round = 0; round < 3; round += 1) {
      const untilMs = performance.now() + 5_000;
      while (performance.now() < untilMs) readFileSync('/proc/self/stat');
      const frames = source.of('frame').length;
      await eventually(() => source.of('frame').length > frames, 'a frame between');
    }
    await nextFrames(source, 3);
    expect(source.saidCodes).toEqual([]);
  });

  test('nvidia-smi killed: its successor continues without a finding', async () => {
    const {fake, source} = await openHealthy();
    const pid = streamPid(fake);
    process.kill(pid, 'SIGKILL');
    await eventually(() => fake.alive('-lms').some((other) => other !== pid), 'a successor');
    await nextFrames(source, 3);
    expect(source.saidCodes).toEqual([]);
  });
});

describe('a card that vanishes without a word', () => {
  test('is missing within ten readings, and is back when it returns', async () => {
    const {fake, source} = await openHealthy();
    fake.behave({gpus: 4, unseen: 2});
    await eventually(() => source.codes.includes('gpu-missing'), 'the card to be missing');
    expect(fake.calls('short').length).toBeLessThanOrEqual(10);
    await eventually(() => source.lastFrame?.missingIndexes.length === 1, 'the frame with its gap');
    expect(source.lastFrame).toMatchObject({missingIndexes: [2], gpus: [{index: 0}, {index: 1}, {index: 3}]});
    // Until it was certain, no frame had a card too few.
    const short = source.of('frame').filter(({frame}) => frame.gpus.length < 4);
    for (const {frame} of short) expect(frame.missingIndexes).toEqual([2]);
    await eventually(() => source.of('inventory').at(-1)?.inventory.gpus.length === 3, 'the inventory without it');
    expect(source.of('inventory').at(-1)?.inventory.gpus[2]).toMatchObject({index: 3});
    fake.behave({gpus: 4});
    await eventually(() => source.codes.length === 0, 'the card to be back');
    expect(source.lastFrame).toMatchObject({missingIndexes: [], gpus: [{}, {}, {index: 2}, {}]});
  });

  test('for a frame is not missing', async () => {
    const {fake, source} = await openHealthy();
    const reads = () => fake.calls('short').length;
    fake.behave({gpus: 4, unseen: 2});
    await eventually(() => reads() > 0, 'a frame without the card');
    fake.behave({gpus: 4});
    await nextFrames(source, 4);
    expect(source.saidCodes).toEqual([]);
  });
});
