import {expect, onTestFinished, test, vi} from 'vitest';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {startGpuSource} from '../../../src/sources/nvidia-smi/gpu-source.ts';
import type {CardStreamOptions} from '../../../src/sources/nvidia-smi/stream/card-stream.ts';
import {ScriptedDriver} from './scripted-driver.ts';

const driver = new ScriptedDriver();

vi.mock('../../../src/sources/nvidia-smi/interruptible-pause.ts', () => ({
  interruptiblePause: async (...args: Parameters<ScriptedDriver['pause']>) => driver.pause(...args),
}));
vi.mock('../../../src/sources/nvidia-smi/read-gpus-once.ts', () => ({
  readGpusOnce: async () => driver.answer('inventory', () => driver.inventory),
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
