import {describe, expect, test} from 'vitest';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {findGpuType} from '../../../src/simulator/node/gpu-catalog.ts';
import {weightsBytesPerGpu} from '../../../src/simulator/node/kimi.ts';
import {memoryFault, noMemoryFault} from '../../../src/simulator/node/memory-faults.ts';
import {cacheRefusal, gibText, layOutMemory, type MemoryRequest} from '../../../src/simulator/vllm/memory-layout.ts';

const tooSmall = memoryFault('kv-too-small', 'vllm');

function layout(change: Partial<MemoryRequest> = {}): ReturnType<typeof layOutMemory> {
  return layOutMemory({
    gpu: findGpuType('NVIDIA H200'),
    tensorParallelSize: 8,
    decodeContextParallelSize: 1,
    gpuMemoryUtilization: 0.92,
    kvCacheDtype: 'auto',
    blockSize: null,
    vision: 'data',
    maxModelLen: 262_144,
    maxNumBatchedTokens: 8192,
    maxNumSeqs: 1024,
    fault: noMemoryFault,
    ...change,
  });
}

describe('weightsBytesPerGpu', () => {
  test.each([
    [4, 'data', 140.75],
    [8, 'data', 71.83],
    [8, 'weights', 71.15],
    [8, 'absent', 70.95],
    [16, 'data', 37.37],
  ] as const)('gives the published size at TP%i with the vision tower %s', (size, vision, gib) => {
    const derived = weightsBytesPerGpu(size, vision) / (72.02 / 71.83) / BYTES_PER_GIB;
    expect(derived).toBeCloseTo(gib, 1);
  });
});

describe('layOutMemory', () => {
  test('shows CUDA 139.81 GiB of an H200 and loads 72.02 GiB per card at TP8', () => {
    const {totalBytes, weightsBytes} = layout();
    expect(gibText(totalBytes)).toBe('139.81');
    expect(gibText(weightsBytes)).toBe('72.02');
  });

  test('holds almost three requests of full length in 16 bit and twice that in fp8, in blocks of 64', () => {
    const wide = layout();
    const narrow = layout({kvCacheDtype: 'fp8'});
    expect(wide.capacityTokens).toBe(wide.blocks * 16);
    expect(wide.maxConcurrency).toBeCloseTo(2.85, 2);
    expect([narrow.blockSize, narrow.bytesPerToken]).toEqual([64, 35_136]);
    expect(narrow.capacityTokens / wide.capacityTokens).toBeCloseTo(2, 3);
  });

  test('prints concurrency times context length, also when that is no multiple of a block', () => {
    const {blocks, capacityTokens} = layout({maxModelLen: 100_001});
    expect(capacityTokens).toBe(Math.floor((blocks / 6_251) * 100_001));
  });

  test('multiplies tokens, not bytes, by decode context parallelism', () => {
    const ratio = layout({decodeContextParallelSize: 8}).capacityTokens / layout().capacityTokens;
    expect(ratio).toBeCloseTo(8, 3);
  });

  test('fits the context to the memory when asked to', () => {
    expect(layout({maxModelLen: 'auto'}).maxModelLen).toBe(262_144);
    const small = layout({maxModelLen: 'auto', fault: tooSmall});
    expect(small.maxModelLen).toBe(small.blocks * 16);
    expect(cacheRefusal(small, 1)).toBeNull();
  });
});

describe('cacheRefusal', () => {
  test('is absent if a request of full length fits', () => {
    expect(cacheRefusal(layout(), 1)).toBeNull();
  });

  test('states needed and available memory and the longest context that fits', () => {
    const small = layout({fault: tooSmall});
    const text = cacheRefusal(small, 1) ?? '';
    expect(text).toContain(
      "To serve at least one request with the model's max seq len (262144), (17.16 GiB KV cache is needed",
    );
    const estimate = Number(/estimated maximum model length is (\d+)\./.exec(text)?.[1]);
    expect(cacheRefusal(layout({fault: tooSmall, maxModelLen: estimate}), 1)).toBeNull();
    expect(cacheRefusal(layout({fault: tooSmall, maxModelLen: estimate + 16}), 1)).not.toBeNull();
  });

  test('says that no block is left on 8x H100 at 0.90', () => {
    const tight = layout({gpu: findGpuType('NVIDIA H100 80GB HBM3'), gpuMemoryUtilization: 0.9});
    expect(tight.availableBytes).toBeLessThan(0);
    expect(cacheRefusal(tight, 1)).toContain('No available memory for the cache blocks.');
  });
});
