import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {err} from '../../../src/shared/result.ts';
import {startGpuSource} from '../../../src/sources/nvidia-smi/gpu-source.ts';
import type {GpuSourceEvent} from '../../../src/sources/nvidia-smi/gpu-source-event.ts';
import type {CardStreamOptions} from '../../../src/sources/nvidia-smi/stream/card-stream.ts';
import {endOf, hangingChild, problemOf, ScriptedDriver} from './scripted-driver.ts';

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

const queriesMs = () => driver.pauseOf('queries')?.ms ?? null;
const of = <T extends GpuSourceEvent['type']>(type: T) =>
  events.filter((event): event is Extract<GpuSourceEvent, {type: T}> => event.type === type);
const codes = () =>
  of('findings')
    .at(-1)
    ?.findings.map(({code}) => code.replace('source.nvidia-smi.', '')) ?? [];
const frame = (indexes: readonly number[], missing: readonly number[] = []) =>
  driver.after(() => driver.stream.options.onFrame(driver.frameOf(indexes, missing)));

describe('the short queries', () => {
  test('read the GPUs and the processes immediately, the GPUs every minute, the processes rarely while they are the same', async () => {
    await start();
    expect(driver.calls.toSorted()).toEqual(['inventory', 'probe', 'processes', 'stream']);
    const read = new Map<string, number[]>();
    while (driver.nowMs < 130_000) {
      for (const query of await driver.pass('queries')) read.set(query, [...(read.get(query) ?? []), driver.nowMs]);
    }
    expect(read.get('inventory')).toEqual([60_000, 120_000]);
    expect(read.get('processes')?.slice(0, 3)).toEqual([4_000, 20_000, 36_000]);
    expect([...read.keys()].toSorted()).toEqual(['inventory', 'processes']);
  });

  test('emit what they read, with the time at which it was read', async () => {
    await start();
    expect(of('inventory').map(({inventory}) => inventory.gpus.map(({index}) => index))).toEqual([[0, 1]]);
    expect(of('processes')).toEqual([
      {type: 'processes', stamp: {sampledAtMs: 1_000_000, monotonicMs: 0}, processes: []},
    ]);
    expect(of('findings').map(({findings}) => findings)).toEqual([[]]);
  });

  test('are never more than twenty a second, however late they are', async () => {
    await start();
    driver.nowMs = 59_990;
    driver.pauseOf('queries')?.end();
    await driver.settle();
    expect(queriesMs()).toBe(50);
  });

  test('emit nothing of what was not read, or not whole', async () => {
    await start((fresh) => {
      fresh.inventory = {...fresh.inventory, isWhole: false};
      fresh.processes = {...fresh.processes, processes: null};
    });
    expect([of('inventory'), of('processes')]).toEqual([[], []]);
  });

  test('without an answer are a problem the second time in a row only', async () => {
    await start((fresh) => {
      fresh.processes = {processes: null, findings: [problemOf('timeout')], isAnswer: false, stuck: null};
    });
    expect(codes()).toEqual([]);
    await driver.pass('queries');
    expect(codes()).toEqual(['timeout']);
    driver.processes = {processes: [], findings: [], isAnswer: true, stuck: null};
    await driver.pass('queries');
    expect(codes()).toEqual([]);
  });

  test('do not say which GPUs are missing: frames do', async () => {
    await start((fresh) => {
      fresh.inventory = {...fresh.inventory, findings: [problemOf('gpu-missing'), problemOf('gpu-lost')]};
    });
    expect(codes()).toEqual(['gpu-lost']);
  });
});

describe('a problem of the stream', () => {
  test('makes the source read the GPUs immediately, and not again within five seconds', async () => {
    await start();
    driver.nowMs = 2_000;
    const end = () => driver.stream.options.onEnd(endOf(1, 'x'));
    expect(await driver.after(end)).not.toContain('inventory');
    // Read at 0: not before 5 s.
    expect(queriesMs()).toBe(2_000);
    expect(await driver.pass('queries')).toEqual(['processes']);
    expect(queriesMs()).toBe(1_000);
    expect(await driver.pass('queries')).toEqual(['inventory']);
    driver.nowMs = 30_000;
    expect(await driver.after(end)).toContain('inventory');
  });

  test('is a finding, unless the program was only ended', async () => {
    await start();
    await driver.after(() => driver.stream.options.onEnd(endOf(null)));
    expect(codes()).toEqual([]);
    await driver.after(() => driver.stream.options.onEnd(endOf(null)));
    expect(codes()).toEqual(['stream-ended']);
    await driver.after(() => driver.stream.options.onFindings([]));
    expect(codes()).toEqual([]);
    await driver.after(() => driver.stream.options.onEnd(endOf(9, 'odd')));
    expect(codes()).toEqual(['stream-ended']);
  });

  test('is passed on when the stream reports it', async () => {
    await start();
    driver.nowMs = 20_000;
    expect(await driver.after(() => driver.stream.options.onFindings([]))).toEqual([]);
    const read = await driver.after(() => driver.stream.options.onFindings([problemOf('one-by-one', 'info')]));
    expect(read).toContain('inventory');
    expect(codes()).toEqual(['one-by-one']);
  });

  test.each([
    ['the first time, after frames', [[0, true]], []],
    ['without any frame', [[0, false]], ['timeout']],
    [
      'again within a minute',
      [
        [0, true],
        [59_999, true],
      ],
      ['timeout'],
    ],
    [
      'again after a minute',
      [
        [0, true],
        [60_000, true],
      ],
      [],
    ],
  ] as const)('silent %s', async (_, silences, expected) => {
    await start();
    const beganMs = 10_000;
    for (const [afterMs, hadFrames] of silences) {
      driver.nowMs = beganMs + afterMs;
      await driver.after(() => driver.stream.options.onGivenUp({silentMs: 15_000, hadFrames}));
    }
    expect(codes()).toEqual(expected);
  });

  test('old data is passed on with its time', async () => {
    await start();
    driver.stream.options.onStale(77);
    expect(of('stale')).toEqual([{type: 'stale', sinceMs: 77}]);
  });
});

describe('the stream', () => {
  const restart = async (hadFrames: boolean) => {
    await driver.after(() => driver.stream.end(hadFrames));
    const {ms = null} = driver.pauseOf('streams') ?? {};
    return [ms, await driver.pass('streams')] as const;
  };

  test('is started again after a pause that grows while it fails, with its fields probed again', async () => {
    await start();
    expect(driver.stream.options).toMatchObject({
      executable: 'nvidia-smi',
      fields: ['index', 'uuid'],
      intervalMs: 1_000,
    });
    expect(await restart(false)).toEqual([500, ['stream']]);
    expect(await restart(false)).toEqual([1_000, ['stream']]);
    expect(await restart(false)).toEqual([2_000, ['probe', 'stream']]);
    expect(await restart(true)).toEqual([500, ['stream']]);
    expect(await restart(false)).toEqual([1_000, ['stream']]);
  });

  test('is not started without fields, and the reason is a finding', async () => {
    await start((fresh) => {
      fresh.fields = err({findings: [problemOf('not-found')], stuck: null, isAnswer: true});
    });
    expect(driver.streams).toEqual([]);
    expect(codes()).toEqual(['not-found']);
    expect(driver.pauseOf('streams')?.ms).toBe(500);
    expect(await driver.pass('streams')).toEqual(['probe']);
    driver.fields = new ScriptedDriver().fields;
    expect(await driver.pass('streams')).toEqual(['probe', 'stream']);
    expect(codes()).toEqual([]);
  });

  test('one by one asks for the healthy GPUs, or takes those of the last inventory', async () => {
    await start((fresh) => {
      fresh.healthy = [{index: 1, uuid: 'GPU-1'}];
    });
    expect(await driver.stream.options.healthyUuids()).toEqual(['GPU-1']);
    driver.healthy = [];
    expect(await driver.stream.options.healthyUuids()).toEqual(['GPU-0', 'GPU-1']);
  });

  test('one by one is ended as soon as the whole query works again', async () => {
    await start();
    const one = driver.stream;
    one.isOneByOne = true;
    driver.nowMs = 20_000;
    driver.inventory = {...driver.inventory, findings: [problemOf('gpu-lost')]};
    await driver.after(() => one.options.onFindings([problemOf('one-by-one', 'info')]));
    expect(one.stops).toBe(0);
    driver.inventory = {...driver.inventory, isWhole: false, findings: []};
    driver.nowMs = 40_000;
    await driver.after(() => one.options.onFindings([problemOf('one-by-one', 'info')]));
    expect(one.stops).toBe(0);
    driver.inventory = {...driver.inventory, isWhole: true, findings: [problemOf('row-remap-pending', 'warning')]};
    driver.nowMs = 60_000;
    await driver.after(() => one.options.onFindings([problemOf('one-by-one', 'info')]));
    expect(one.stops).toBe(1);
  });

  test('one by one: the frames say themselves which GPUs are missing', async () => {
    await start();
    driver.stream.isOneByOne = true;
    await frame([0], [1]);
    expect(of('frame').map(({frame: {missingIndexes}}) => missingIndexes)).toEqual([[1]]);
    expect(codes()).toEqual(['gpu-missing']);
  });
});

describe('a GPU that frames lack', () => {
  test('is asked for after three frames, is missing if it is not listed, and asked for every 15 s until it is', async () => {
    await start((fresh) => {
      fresh.listed = {indexes: new Set([0]), stuck: null};
    });
    expect(await frame([0], [1])).toEqual([]);
    expect(await frame([0], [1])).toEqual([]);
    expect(of('frame')).toEqual([]);
    expect(await frame([0], [1])).toContain('list');
    await frame([0], [1]);
    expect(of('frame').map(({frame: {missingIndexes}}) => missingIndexes)).toEqual([[1]]);
    expect(codes()).toEqual(['gpu-missing']);
    expect(await driver.timesOf('list', 31_000)).toEqual([15_000, 30_000]);
    expect(driver.stream.stops).toBe(0);
    driver.listed = {indexes: new Set([0, 1]), stuck: null};
    while (driver.nowMs < 45_000) await driver.pass('queries');
    expect(driver.streams[0]?.stops).toBe(1);
  });

  test('that is listed makes the source start another stream', async () => {
    await start();
    for (let count = 0; count < 3; count += 1) await frame([0], [1]);
    expect(driver.stream.stops).toBe(1);
    expect(codes()).toEqual([]);
  });

  test('is asked for again after five seconds where the driver did not answer', async () => {
    await start((fresh) => {
      fresh.listed = {indexes: null, stuck: null};
    });
    for (let count = 0; count < 3; count += 1) await frame([0], [1]);
    expect(driver.calls.filter((call) => call === 'list')).toHaveLength(1);
    await frame([0], [1]);
    expect(driver.calls.filter((call) => call === 'list')).toHaveLength(1);
    expect(await driver.timesOf('list', 10_000)).toEqual([5_000, 10_000]);
  });
});

describe('a child that hangs in the driver', () => {
  test('lets no other short query start until it is gone; at most one more stream', async () => {
    const hung = hangingChild();
    await start((fresh) => {
      fresh.inventory = {...fresh.inventory, inventory: null, stuck: hung.gone};
    });
    expect(codes()).toEqual(['driver-not-answering']);
    expect(driver.calls).not.toContain('processes');
    expect(queriesMs()).toBe(4_000);
    expect(await driver.pass('queries')).toEqual([]);
    expect(await driver.stream.options.healthyUuids()).toEqual([]);
    expect(driver.calls).not.toContain('healthy');
    // One stream may still be started; with a second child that hangs, none.
    await driver.after(() => driver.stream.end(true));
    expect(await driver.pass('streams')).toEqual(['stream']);
    const stream = hangingChild();
    await driver.after(() => {
      driver.stream.options.onStuck(stream.gone);
      driver.stream.end(false);
    });
    expect(await driver.pass('streams')).toEqual([]);
    await driver.after(hung.end);
    expect(codes()).toEqual(['driver-not-answering']);
    expect(await driver.pass('streams')).toEqual(['stream']);
    expect(await driver.pass('queries')).toEqual([]);
    driver.inventory = {...driver.inventory, inventory: driver.inventoryOf([0, 1]), stuck: null};
    await driver.after(stream.end);
    expect(codes()).toEqual([]);
    driver.nowMs = 100_000;
    expect(await driver.pass('queries')).toEqual(['inventory', 'processes']);
  });

  test.each(['processes', 'listed', 'fields'] as const)('of the query for %s counts as well', async (query) => {
    const hung = hangingChild();
    await start((fresh) => {
      if (query === 'processes') fresh.processes = {...fresh.processes, processes: null, stuck: hung.gone};
      if (query === 'listed') fresh.listed = {indexes: null, stuck: hung.gone};
      if (query === 'fields') fresh.fields = err({findings: [], stuck: hung.gone, isAnswer: false});
    });
    if (query === 'listed') for (let count = 0; count < 3; count += 1) await frame([0], [1]);
    expect(codes()).toEqual(['driver-not-answering']);
    await driver.after(hung.end);
    expect(codes()).toEqual([]);
  });
});

describe('frames', () => {
  test('with a new problem make the source read the GPUs immediately, with the same one they do not', async () => {
    await start();
    driver.nowMs = 20_000;
    const lost = {...driver.frameOf([0, 1]), gpus: driver.inventoryOf([0, 1], 'GPU is lost').gpus};
    const send = () => driver.after(() => driver.stream.options.onFrame(lost));
    expect(await send()).toContain('inventory');
    expect(codes()).toContain('gpu-lost');
    driver.nowMs = 40_000;
    expect(await send()).toEqual([]);
  });

  test('in order make the source read the GPUs again, every 15 s, while the last reading had a critical problem', async () => {
    await start((fresh) => {
      fresh.inventory = {...fresh.inventory, inventory: null, findings: [problemOf('not-executable')]};
    });
    driver.nowMs = 3_000;
    await frame([0, 1]);
    const readMs: number[] = [];
    while (driver.nowMs < 30_000) {
      if ((await driver.pass('queries')).includes('inventory')) readMs.push(driver.nowMs);
      await frame([0, 1]);
    }
    expect(readMs).toEqual([15_000, 30_000]);
  });

  test('in order change nothing while the last reading was in order', async () => {
    await start();
    driver.nowMs = 30_000;
    expect(await frame([0, 1])).toEqual([]);
    expect(of('frame')).toHaveLength(1);
    expect(of('findings')).toHaveLength(1);
  });
});
