import fc from 'fast-check';
import {expect, test} from 'vitest';
import {type Architecture, findModelArchitecture} from '../../../src/domain/memory/architecture.ts';
import {checkpointBytes, weightFormats} from '../../../src/domain/memory/checkpoint.ts';
import {placeWeights, type VisionMode} from '../../../src/domain/memory/placement.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

function kimi(): Architecture {
  const architecture = findModelArchitecture('moonshotai/Kimi-K2.7-Code');
  if (architecture === undefined) throw new Error('Kimi K2.7 Code is not known');
  return architecture;
}

function gibPerGpu(tensorParallelSize: number, visionMode: VisionMode, format: 'int4' | 'fp8' = 'int4'): number {
  return placeWeights({architecture: kimi(), format, tensorParallelSize, visionMode}).totalBytes / BYTES_PER_GIB;
}

test('at TP8 with the vision tower on every rank a GPU holds 71.83 GiB', () => {
  expect(gibPerGpu(8, 'data')).toBeCloseTo(71.83, 2);
});

test('a published start of K2.5 on eight H100 (vLLM 0.15.0) logged 72.02 GiB: within 0.3 %', () => {
  expect(Math.abs(gibPerGpu(8, 'data') / 72.02 - 1)).toBeLessThan(0.003);
});

test('at TP8 text alone is 70.951 GiB, and 71.149 with the vision tower divided', () => {
  expect(gibPerGpu(8, 'absent')).toBeCloseTo(70.951, 3);
  expect(gibPerGpu(8, 'weights')).toBeCloseTo(71.149, 3);
});

test('at TP4 a GPU holds 140.749 GiB, at TP16 37.368', () => {
  expect(gibPerGpu(4, 'data')).toBeCloseTo(140.749, 3);
  expect(gibPerGpu(16, 'data')).toBeCloseTo(37.368, 3);
});

test('FP8 at TP8 would take 120.84 GiB a GPU for text alone: more than any 80 GB card has', () => {
  expect(gibPerGpu(8, 'absent', 'fp8')).toBeCloseTo(120.84, 2);
});

test('q_a, kv_a, norms and router are whole on every rank: 2.03 GiB', () => {
  const {replicatedBytes} = placeWeights({
    architecture: kimi(),
    format: 'int4',
    tensorParallelSize: 8,
    visionMode: 'absent',
  });
  expect(replicatedBytes / BYTES_PER_GIB).toBeCloseTo(2.03, 2);
});

test('one rank without a divided tower holds exactly the checkpoint, in every format', () => {
  for (const format of weightFormats) {
    const placed = placeWeights({architecture: kimi(), format, tensorParallelSize: 1, visionMode: 'data'});
    expect(placed.totalBytes).toBe(checkpointBytes(kimi(), format));
  }
});

test('all ranks together never hold less than the checkpoint, and more ranks never put more on one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...weightFormats),
      fc.constantFrom<VisionMode>('data', 'weights'),
      fc.integer({min: 1, max: 64}),
      (format, visionMode, ranks) => {
        const at = (tensorParallelSize: number): number =>
          placeWeights({architecture: kimi(), format, tensorParallelSize, visionMode}).totalBytes;
        expect(at(ranks) * ranks).toBeGreaterThanOrEqual(checkpointBytes(kimi(), format));
        expect(at(ranks + 1)).toBeLessThanOrEqual(at(ranks));
      },
    ),
  );
});
