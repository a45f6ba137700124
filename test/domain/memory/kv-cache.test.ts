import {expect, test} from 'vitest';
import {type Architecture, findModelArchitecture} from '../../../src/domain/memory/architecture.ts';
import {budgetBytes, kvBytesPerToken, kvCacheCapacity, kvPoolBytes} from '../../../src/domain/memory/kv-cache.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

function kimi(): Architecture {
  const architecture = findModelArchitecture('moonshotai/Kimi-K2.7-Code');
  if (architecture === undefined) throw new Error('Kimi K2.7 Code is not known');
  return architecture;
}
const BF16 = kvBytesPerToken(kimi(), 'auto');
const FP8 = kvBytesPerToken(kimi(), 'fp8');

function capacityOf(poolBytes: number, options: {blockTokens?: number; decodeContextParallelSize?: number} = {}) {
  return kvCacheCapacity({
    poolBytes,
    bytesPerToken: BF16,
    blockTokens: 16,
    decodeContextParallelSize: 1,
    contextLengthTokens: 262_144,
    ...options,
  });
}

test('a token takes 61 x 576 elements: 70,272 bytes in 16 bit, 35,136 in FP8', () => {
  expect(BF16).toBe(70_272);
  expect(FP8).toBe(35_136);
});

test('131,072 tokens take 9,210,691,584 bytes (8.578125 GiB) on every rank', () => {
  expect(131_072 * BF16).toBe(9_210_691_584);
  expect((131_072 * BF16) / BYTES_PER_GIB).toBe(8.578125);
});

test('262,144 tokens take 17.15625 GiB in 16 bit and 8.578125 in FP8', () => {
  const whole = {poolBytes: 20 * BYTES_PER_GIB, blockTokens: 16, decodeContextParallelSize: 1};
  const sixteen = kvCacheCapacity({...whole, bytesPerToken: BF16, contextLengthTokens: 262_144});
  const eight = kvCacheCapacity({...whole, bytesPerToken: FP8, contextLengthTokens: 262_144});
  expect(sixteen.bytesPerFullLengthSequence).toBe(18_421_383_168);
  expect(eight.bytesPerFullLengthSequence).toBe(9_210_691_584);
});

test('46.80 GiB hold the 715,072 tokens a K2 Thinking start on eight H200 logged (blocks of 64)', () => {
  const {capacityTokens} = capacityOf(46.8 * BYTES_PER_GIB, {blockTokens: 64});
  expect(capacityTokens).toBeGreaterThanOrEqual(715_072);
  expect(capacityTokens).toBeLessThanOrEqual(715_094);
});

test('decode context parallelism over 8 makes 5,721,088 of them, as logged, within 0.01 %', () => {
  const {capacityTokens} = capacityOf(46.8 * BYTES_PER_GIB, {blockTokens: 64, decodeContextParallelSize: 8});
  expect(Math.abs(capacityTokens / 5_721_088 - 1)).toBeLessThan(0.0001);
});

test('16,384 tokens need the 1.07 GiB that the log of a refused K2.5 start names', () => {
  expect(((16_384 * BF16) / BYTES_PER_GIB).toFixed(2)).toBe('1.07');
});

test('an H100 at 0.90 with the logged 72.02 GiB and 2.56 of overhead ends at the logged -3.32 GiB', () => {
  const pool = kvPoolBytes({
    budgetBytes: budgetBytes(79.18 * BYTES_PER_GIB, 0.9),
    weightsBytes: 72.02 * BYTES_PER_GIB,
    overheadBytes: 2.56 * BYTES_PER_GIB,
  });
  expect(pool / BYTES_PER_GIB).toBeCloseTo(-3.32, 2);
  expect(capacityOf(pool).capacityTokens).toBe(0);
});

test('the same at 0.95 keeps the logged 0.64 GiB, which is 9,664 to 9,779 tokens of context', () => {
  const pool = kvPoolBytes({
    budgetBytes: budgetBytes(79.18 * BYTES_PER_GIB, 0.95),
    weightsBytes: 72.02 * BYTES_PER_GIB,
    overheadBytes: 2.56 * BYTES_PER_GIB,
  });
  expect(pool / BYTES_PER_GIB).toBeCloseTo(0.64, 2);
  const {capacityTokens} = capacityOf(0.64 * BYTES_PER_GIB);
  expect(capacityTokens).toBeGreaterThanOrEqual(9_664);
  expect(capacityTokens).toBeLessThanOrEqual(9_779);
});

test('a request takes whole blocks', () => {
  const {bytesPerFullLengthSequence} = kvCacheCapacity({
    poolBytes: BYTES_PER_GIB,
    bytesPerToken: BF16,
    blockTokens: 16,
    decodeContextParallelSize: 1,
    contextLengthTokens: 1001,
  });
  expect(bytesPerFullLengthSequence).toBe(1008 * BF16);
});
