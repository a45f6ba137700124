import {expect, onTestFinished, test, vi} from 'vitest';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {startGpuSource} from '../../../src/sources/nvidia-smi/gpu-source.ts';
import type {GpuSourceEvent} from '../../../src/sources/nvidia-smi/gpu-source-event.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import type {CardStreamOptions} from '../../../src/sources/nvidia-smi/stream/card-stream.ts';
import {shortCode} from './fake-nvidia-smi.ts';
import {hangingChild, problemOf, ScriptedDriver} from './scripted-driver.ts';

let driver = new ScriptedDriver();

vi.mock('../../../src/sources/nvidia-smi/interruptible-pause.ts', () => ({
  interruptiblePause: async (...args: Parameters<ScriptedDriver['pause']>) => driver.pause(...args),
}));
vi.mock('../../../src/sources/nvidia-smi/read-gpus-once.ts', () => ({
  readGpusOnce: async () => driver.answer('inventory', () => driver.inventory),
}));
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', async (original) => ({
  ...(await original<object>()),
  runOnce: async () => await driver.nvlinks,
}));
vi.mock('../../../src/sources/nvidia-smi/read-processes.ts', () => ({
  readProcesses: async () => driver.answer('processes', () => driver.processes),
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

test('the processes are read again soon after memory moved, not more than every four seconds', async () => {
  const source = startGpuSource({executable: 'nvidia-smi', clock: driver.clock, onEvent: () => undefined});
  onTestFinished(source.stop);
  await driver.settle();
  const pauseMs = () => driver.pauseOf('queries')?.ms ?? null;
  const using = (mib: number) => {
    const frame = driver.frameOf([0, 1]);
    const gpus = frame.gpus.map((gpu) => ({...gpu, memoryUsedBytes: mib * BYTES_PER_MIB}));
    return driver.after(() => driver.stream.options.onFrame({...frame, gpus}));
  };
  await using(1_000);
  for (let count = 0; count < 2; count += 1) await driver.pass('queries');
  expect([driver.nowMs, pauseMs()]).toEqual([20_000, 16_000]);
  driver.nowMs = 21_000;
  await using(1_500);
  expect(pauseMs()).toBe(3_000);
  driver.nowMs = 26_000;
  expect(await driver.pass('queries')).toEqual(['processes']);
  driver.nowMs = 40_000;
  expect(await using(1_000)).toEqual(['processes']);
});

/** The answer of two GPUs, each with a link. */
const linked: RunResult = {
  kind: 'ended',
  exitCode: 0,
  stdout: [0, 1].map((index) => `GPU ${index}: NVIDIA H200 (UUID: GPU-0000000${index})\n\t Link 0: 25 GB/s\n`).join(''),
  stderr: '',
};

/** A source that has asked its first questions, and all that it emits. */
async function startedSource() {
  const events: GpuSourceEvent[] = [];
  const source = startGpuSource({
    executable: 'nvidia-smi',
    clock: driver.clock,
    onEvent: (event) => events.push(event),
  });
  onTestFinished(source.stop);
  await driver.settle();
  return {source, events};
}

test('a question about NVLink that is not answered holds no other query, and no finding', async () => {
  const open = Promise.withResolvers<RunResult>();
  driver = new ScriptedDriver();
  driver.nvlinks = open.promise;
  driver.inventory = {...driver.inventory, findings: [problemOf('recovery-action', 'warning')]};
  const {events} = await startedSource();
  expect(driver.calls).toEqual(expect.arrayContaining(['inventory', 'processes']));
  const inventories = () => events.flatMap((event) => (event.type === 'inventory' ? [event.inventory] : []));
  const codes = () => events.flatMap((event) => (event.type === 'findings' ? [event.findings.map(shortCode)] : []));
  expect(codes().at(-1)).toEqual(['recovery-action']);
  expect(await driver.timesOf('inventory', 120_000)).toEqual([60_000, 120_000]);
  expect(inventories().map(({gpus}) => gpus[0]?.nvlinks)).toEqual([undefined, undefined, undefined]);
  open.resolve(linked);
  await driver.settle();
  expect(inventories()).toHaveLength(4);
  driver.nvlinks = {kind: 'timed-out', stdout: '', stderr: ''};
  expect(await driver.timesOf('inventory', 300_000)).toEqual([180_000, 240_000, 300_000]);
  expect(codes().at(-1)).toEqual(['recovery-action', 'nvlinks-unread']);
});

test('a question about NVLink that hangs in the driver emits nothing once the source was stopped', async () => {
  driver = new ScriptedDriver();
  driver.nvlinks = linked;
  const {source, events} = await startedSource();
  const hanging = Promise.withResolvers<RunResult>();
  driver.nvlinks = hanging.promise;
  await driver.timesOf('inventory', 60_000);
  const before = events.length;
  const stopped = source.stop();
  hanging.resolve({kind: 'stuck', gone: hangingChild().gone});
  await stopped;
  expect(events.slice(before)).toEqual([]);
});

test('nothing is emitted once the source was stopped, and it ends', async () => {
  driver = new ScriptedDriver();
  const events: GpuSourceEvent[] = [];
  const source = startGpuSource({
    executable: 'nvidia-smi',
    clock: driver.clock,
    onEvent: (event) => events.push(event),
  });
  await driver.settle();
  const {stream} = driver;
  const before = events.length;
  const done = source.stop();
  expect(stream.stops).toBe(1);
  await done;
  stream.options.onFindings([problemOf('gpu-lost')]);
  expect(events).toHaveLength(before);
  expect(driver.pauses).toEqual([]);
});
