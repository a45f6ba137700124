import fc from 'fast-check';
import {expect, test} from 'vitest';
import {weightFormats} from '../../../src/domain/memory/model/quantization.ts';
import type {VisionMode} from '../../../src/domain/memory/placement.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {knownArchitecture, placed, publishedBytes} from './plan-samples.ts';

function spread(ranks: number) {
  return {gpuCount: ranks, attentionRanks: ranks, denseRanks: ranks, expertRanks: ranks};
}

function bytesPerGpu(ranks: number, visionMode: VisionMode, format: 'int4' | 'fp8' = 'int4'): number {
  return placed({...spread(ranks), visionMode}, format)[0]?.totalBytes ?? Number.NaN;
}

function gibPerGpu(ranks: number, visionMode: VisionMode, format: 'int4' | 'fp8' = 'int4'): number {
  return bytesPerGpu(ranks, visionMode, format) / BYTES_PER_GIB;
}

test('at TP8 with the vision tower on every rank a GPU needs 71.83 GiB', () => {
  expect(gibPerGpu(8, 'data')).toBeCloseTo(71.83, 2);
});

test('a published start of K2.5 on eight H100 (vLLM 0.15.0) logged 72.02 GiB: within 0.3 %', () => {
  expect(Math.abs(gibPerGpu(8, 'data') / 72.02 - 1)).toBeLessThan(0.003);
});

test('at TP8 text alone is 70.951 GiB, and 71.149 with the vision tower divided', () => {
  expect(gibPerGpu(8, 'absent')).toBeCloseTo(70.951, 3);
  expect(gibPerGpu(8, 'weights')).toBeCloseTo(71.149, 3);
});

test('at TP4 a GPU needs 140.749 GiB, at TP16 37.368', () => {
  expect(gibPerGpu(4, 'data')).toBeCloseTo(140.749, 3);
  expect(gibPerGpu(16, 'data')).toBeCloseTo(37.368, 3);
});

test('FP8 at TP8 needs 120.84 GiB per GPU for text alone: more than any 80 GB card has', () => {
  expect(gibPerGpu(8, 'absent', 'fp8')).toBeCloseTo(120.84, 2);
});

test('q_a, kv_a, norms and router are complete on every rank: 2.03 GiB', () => {
  const [stage] = placed({...spread(8), visionMode: 'absent'});
  expect((stage?.replicatedBytes ?? 0) / BYTES_PER_GIB).toBeCloseTo(2.03, 2);
});

test('data-parallel attention of SGLang at TP8 keeps attention complete: 79.50 GiB of text, 80.38 with the tower', () => {
  const ranks = {...spread(8), attentionRanks: 1};
  expect((placed({...ranks, visionMode: 'absent'})[0]?.totalBytes ?? 0) / BYTES_PER_GIB).toBeCloseTo(79.5, 2);
  expect((placed({...ranks, visionMode: 'data'})[0]?.totalBytes ?? 0) / BYTES_PER_GIB).toBeCloseTo(80.38, 2);
});

test('data parallel 8 with expert parallel keeps everything except the experts complete: 89.16 GiB', () => {
  const [stage] = placed({expertRanks: 8, isExpertParallel: true, visionMode: 'data'});
  expect((stage?.totalBytes ?? 0) / BYTES_PER_GIB).toBeCloseTo(89.16, 2);
});

test('experts that are not complete are divided exactly: 7 GPUs have a seventh each', () => {
  const sharded = (change: Parameters<typeof placed>[0]) =>
    placed({visionMode: 'absent', ...change}, 'bf16')[0]?.shardedBytes ?? Number.NaN;
  expect(sharded({expertRanks: 7}) * 7).toBeCloseTo(sharded({expertRanks: 2}) * 2, -2);
  expect(sharded({expertRanks: 7, isExpertParallel: true})).toBeGreaterThan(sharded({expertRanks: 7}));
});

test('complete experts that do not divide evenly: the fullest of 7 cards has 55 of 384', () => {
  const even = placed({expertRanks: 8, isExpertParallel: true, visionMode: 'absent'})[0]?.shardedBytes ?? 0;
  const uneven = placed({expertRanks: 7, isExpertParallel: true, visionMode: 'absent'})[0]?.shardedBytes ?? 0;
  expect(uneven / even).toBeCloseTo(55 / 48, 3);
});

test('61 layers over two stages are 31 and 30, and all stages together hold the checkpoint', () => {
  const stages = placed({stages: 2});
  expect(stages.map(({layers}) => layers)).toEqual([31, 30]);
  expect(stages.reduce((sum, {totalBytes}) => sum + totalBytes, 0)).toBe(publishedBytes(knownArchitecture(), 'int4'));
});

test('one rank without a divided tower holds exactly the checkpoint, in every format', () => {
  for (const format of weightFormats) {
    expect(placed({visionMode: 'data'}, format)[0]?.totalBytes).toBe(publishedBytes(knownArchitecture(), format));
  }
});

test('all ranks together never hold less than the checkpoint, and more ranks never put more on one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...weightFormats),
      fc.constantFrom<VisionMode>('data', 'weights'),
      fc.integer({min: 1, max: 64}),
      fc.integer({min: 1, max: 8}),
      (format, visionMode, ranks, stages) => {
        const at = (count: number): number =>
          placed({...spread(count), visionMode, stages}, format).reduce((sum, stage) => sum + stage.totalBytes, 0);
        expect(at(ranks) * ranks).toBeGreaterThanOrEqual(publishedBytes(knownArchitecture(), format));
        expect(at(ranks + 1)).toBeLessThanOrEqual(at(ranks));
      },
    ),
    {numRuns: 40},
  );
});
