import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {err} from '../../../src/shared/result.ts';
import {startGpuSource} from '../../../src/sources/nvidia-smi/gpu-source.ts';
import type {GpuSourceEvent} from '../../../src/sources/nvidia-smi/gpu-source-event.ts';
import type {CardStreamOptions} from '../../../src/sources/nvidia-smi/stream/card-stream.ts';
import {problemOf, ScriptedDriver} from './scripted-driver.ts';

let driver = new ScriptedDriver();

vi.mock('../../../src/sources/nvidia-smi/interruptible-pause.ts', () => ({
  interruptiblePause: async (...args: Parameters<ScriptedDriver['pause']>) => driver.pause(...args),
}));
vi.mock('../../../src/sources/nvidia-smi/read-gpus-once.ts', async (original) => ({
  ...(await original<object>()),
  readGpusOnce: async () => driver.answer('inventory', () => driver.inventory),
  listHealthyCards: async () => driver.answer('healthy', () => driver.healthy),
}));
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', async (original) => ({
  ...(await original<object>()),
  runOnce: async () => await driver.nvlinks,
}));
vi.mock('../../../src/sources/nvidia-smi/read-processes.ts', () => ({
  readProcesses: async () => driver.answer('processes', () => driver.processes),
}));
vi.mock('../../../src/sources/nvidia-smi/list-cards.ts', () => ({
  listCards: async () => driver.answer('list', () => driver.listed),
}));
vi.mock('../../../src/sources/nvidia-smi/probe-fields.ts', () => ({
  probeFields: async () => driver.answer('probe', () => driver.fields),
}));
vi.mock('../../../src/sources/nvidia-smi/stream/card-stream.ts', async () => {
  const {ScriptedStream} = await import('./scripted-driver.ts');
  return {
    CardStream: class extends ScriptedStream {
      constructor(options: CardStreamOptions) {
        super(options, driver);
      }
    },
  };
});

let events: GpuSourceEvent[] = [];
let source: ReturnType<typeof startGpuSource> | null = null;

async function start(change: (fresh: ScriptedDriver) => void = () => undefined): Promise<void> {
  change(driver);
  source = startGpuSource({
    executable: 'nvidia-smi',
    clock: driver.clock,
    onEvent: (event) => events.push(event),
  });
  await driver.settle();
}

beforeEach(() => {
  driver = new ScriptedDriver();
  events = [];
});

afterEach(async () => {
  await source?.stop();
  source = null;
});

const of = <T extends GpuSourceEvent['type']>(type: T) =>
  events.filter((event): event is Extract<GpuSourceEvent, {type: T}> => event.type === type);
const codes = () =>
  of('findings')
    .at(-1)
    ?.findings.map(({code}) => code.replace('source.nvidia-smi.', '')) ?? [];
const frame = (indexes: readonly number[], missing: readonly number[] = []) =>
  driver.after(() => driver.stream.options.onFrame(driver.frameOf(indexes, missing)));
/** A frame of these GPUs, each of them with a change. */
const changed = (...changes: readonly Partial<GpuSample>[]) => {
  const {gpus, ...rest} = driver.frameOf(changes.map((_, index) => index));
  const one = {...rest, gpus: gpus.map((gpu, index) => ({...gpu, ...changes[index]}))};
  return driver.after(() => driver.stream.options.onFrame(one));
};
const lost: Partial<GpuSample> = {fault: 'GPU is lost'};
const needsReset: Partial<GpuSample> = {fault: 'GPU requires reset'};
const warned: Partial<GpuSample> = {remappedRowsPending: true};

describe('a problem in frames', () => {
  test('is new if it is another one, or of another GPU; its end is none', async () => {
    await start();
    const reads: boolean[] = [];
    for (const gpus of [
      [lost, {}],
      [needsReset, {}],
      [lost, lost],
      [{}, lost],
      [{}, lost],
      [{}, {}],
      [{}, lost],
    ]) {
      driver.nowMs += 15_000;
      reads.push((await changed(...gpus)).includes('inventory'));
    }
    expect(reads).toEqual([true, true, true, true, false, false, true]);
  });

  test('does not delay a reading that is due sooner', async () => {
    await start((fresh) => {
      fresh.inventory = {...fresh.inventory, findings: [problemOf('gpu-lost')]};
    });
    driver.nowMs = 1_000;
    await changed(lost, {});
    // In order again: that alone would make it read after 15 seconds.
    await frame([0, 1]);
    expect(await driver.timesOf('inventory', 14_000)).toEqual([5_000]);
  });
});

describe('after a reading with a critical problem', () => {
  const critical = (fresh: ScriptedDriver): void => {
    fresh.inventory = {...fresh.inventory, findings: [problemOf('gpu-lost')]};
  };

  test('frames that are held back, or that have a critical problem themselves, are no reason to read again', async () => {
    await start(critical);
    driver.nowMs = 20_000;
    expect(await frame([0], [1])).not.toContain('inventory');
    expect(await changed(lost, {})).toContain('inventory');
    driver.nowMs = 40_000;
    expect(await changed(lost, {})).not.toContain('inventory');
    expect(await frame([0, 1])).toContain('inventory');
  });

  test('frames with a mere warning are', async () => {
    await start(critical);
    driver.nowMs = 20_000;
    expect(await changed(warned, {})).toContain('inventory');
    driver.nowMs = 40_000;
    expect(await changed(warned, {})).toContain('inventory');
    driver.inventory = {...driver.inventory, findings: []};
    driver.nowMs = 60_000;
    expect(await changed(warned, {})).toContain('inventory');
    driver.nowMs = 80_000;
    expect(await changed(warned, {})).not.toContain('inventory');
  });
});

describe('a problem of the stream', () => {
  test('is passed on the first time already', async () => {
    await start();
    await driver.after(() => driver.stream.options.onFindings([problemOf('one-by-one', 'info')]));
    expect(codes()).toEqual(['one-by-one']);
  });

  test('silence makes the source read the GPUs', async () => {
    await start();
    driver.nowMs = 20_000;
    const silent = () => driver.stream.options.onGivenUp({silentMs: 15_000, hadFrames: true});
    expect(await driver.after(silent)).toContain('inventory');
  });

  test('fields that could not be read in time are a problem the second time only', async () => {
    await start((fresh) => {
      fresh.fields = err({findings: [problemOf('timeout')], stuck: null, isAnswer: false});
    });
    expect(codes()).toEqual([]);
    await driver.pass('streams');
    expect(codes()).toEqual(['timeout']);
  });
});

describe('the stream', () => {
  test('that is started again counts the frames without a GPU from zero, and keeps what is confirmed', async () => {
    await start((fresh) => {
      fresh.listed = {indexes: new Set([0]), stuck: null};
    });
    await frame([0], [1]);
    await frame([0], [1]);
    await driver.after(() => driver.stream.end(true));
    await driver.pass('streams');
    expect(await frame([0], [1])).not.toContain('list');
    await frame([0], [1]);
    expect(await frame([0], [1])).toContain('list');
    await frame([0], [1]);
    expect(codes()).toEqual(['gpu-missing']);
    await driver.after(() => driver.stream.end(true));
    await driver.pass('streams');
    await frame([0], [1]);
    expect(codes()).toEqual(['gpu-missing']);
  });

  test('one by one takes those of the last inventory that have no fault', async () => {
    await start((fresh) => {
      const inventory = fresh.inventoryOf([0, 1, 2]);
      const gpus = inventory.gpus.map((gpu) => (gpu.index === 1 ? {...gpu, fault: 'GPU is lost'} : gpu));
      fresh.inventory = {...fresh.inventory, inventory: {...inventory, gpus}};
    });
    expect(await driver.stream.options.healthyUuids()).toEqual(['GPU-0', 'GPU-2']);
  });

  test.each([
    ['found no GPU', {inventory: null}, 0],
    ['has a critical problem beside a warning', {findings: [problemOf('a'), problemOf('b', 'warning')]}, 0],
    ['is in order', {}, 1],
  ])('one by one, a reading that %s', async (_, change, stops) => {
    await start();
    const {stream} = driver;
    stream.isOneByOne = true;
    driver.inventory = {...driver.inventory, findings: [], ...change};
    driver.nowMs = 20_000;
    await driver.after(() => stream.options.onFindings([problemOf('one-by-one', 'info')]));
    expect(stream.stops).toBe(stops);
  });
});

test('a GPU that frames lack is asked for by a frame that comes when that is due, not before', async () => {
  await start((fresh) => {
    fresh.listed = {indexes: null, stuck: null};
  });
  for (let count = 0; count < 3; count += 1) await frame([0], [1]);
  driver.nowMs = 4_999;
  expect(await frame([0], [1])).not.toContain('list');
  driver.nowMs = 5_000;
  expect(await frame([0], [1])).toContain('list');
});

test('what is read while the source is stopped is not emitted, and no stream is started', async () => {
  const held = Promise.withResolvers<void>();
  driver.answer = async <T>(_query: string, read: () => T): Promise<T> => {
    await held.promise;
    return read();
  };
  await start();
  const done = source?.stop();
  held.resolve();
  await done;
  expect([events, driver.streams]).toEqual([[], []]);
});
