import {describe, expect, test} from 'vitest';
import {kvBytesPerLayer, kvCacheCapacity, kvElementsPerLayer} from '../../../src/domain/memory/kv-cache-size.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {knownArchitecture} from './plan-samples.ts';

const kimi = knownArchitecture();
const BF16 = 61 * kvBytesPerLayer(kimi, 8, 2).everyToken;
const FP8 = 61 * kvBytesPerLayer(kimi, 8, 1).everyToken;
/** Every layer keeps every token. */
const plain = {tokenShare: 1, windowRatio: 0, windowBlocks: 0, stateBlocks: 0};

function capacityOf(poolBytes: number, options: Partial<Parameters<typeof kvCacheCapacity>[0]> = {}) {
  return kvCacheCapacity({
    ...plain,
    poolBytes,
    bytesPerToken: BF16,
    blockTokens: 16,
    decodeContextRanks: 1,
    contextLengthTokens: 262_144,
    ...options,
  });
}

test('a token needs 61 x 576 elements: 70,272 bytes in 16 bit, 35,136 in FP8', () => {
  expect(BF16).toBe(70_272);
  expect(FP8).toBe(35_136);
});

test('131,072 tokens need 9,210,691,584 bytes (8.578125 GiB) on every rank', () => {
  expect(131_072 * BF16).toBe(9_210_691_584);
  expect((131_072 * BF16) / BYTES_PER_GIB).toBe(8.578125);
});

test('262,144 tokens need 17.15625 GiB in 16 bit and 8.578125 in FP8', () => {
  const whole = {...plain, poolBytes: 20 * BYTES_PER_GIB, blockTokens: 16, decodeContextRanks: 1};
  const sixteen = kvCacheCapacity({...whole, bytesPerToken: BF16, contextLengthTokens: 262_144});
  const eight = kvCacheCapacity({...whole, bytesPerToken: FP8, contextLengthTokens: 262_144});
  expect(sixteen.bytesPerFullLengthSequence).toBe(18_421_383_168);
  expect(eight.bytesPerFullLengthSequence).toBe(9_210_691_584);
});

test('46.80 GiB hold the 715,072 tokens that a K2 Thinking start on eight H200 logged (blocks of 64)', () => {
  const {capacityTokens} = capacityOf(46.8 * BYTES_PER_GIB, {blockTokens: 64});
  expect(capacityTokens).toBeGreaterThanOrEqual(715_072);
  expect(capacityTokens).toBeLessThanOrEqual(715_094);
});

test('decode context parallelism over 8 makes 5,721,088 of them, as logged, within 0.01 %', () => {
  const {capacityTokens} = capacityOf(46.8 * BYTES_PER_GIB, {blockTokens: 64, decodeContextRanks: 8});
  expect(Math.abs(capacityTokens / 5_721_088 - 1)).toBeLessThan(0.0001);
});

test('16,384 tokens need the 1.07 GiB in the log of a refused K2.5 start', () => {
  expect(((16_384 * BF16) / BYTES_PER_GIB).toFixed(2)).toBe('1.07');
});

test('a request uses complete blocks', () => {
  const {bytesPerFullLengthSequence} = kvCacheCapacity({
    ...plain,
    poolBytes: BYTES_PER_GIB,
    bytesPerToken: BF16,
    blockTokens: 16,
    decodeContextRanks: 1,
    contextLengthTokens: 1001,
  });
  expect(bytesPerFullLengthSequence).toBe(1008 * BF16);
});

test('the tokens are what vLLM prints: concurrency x context, rounded down', () => {
  const {blocks, fullLengthSequences, capacityTokens} = capacityOf(46.8 * BYTES_PER_GIB, {contextLengthTokens: 1001});
  expect(fullLengthSequences).toBe(blocks / 63);
  expect(capacityTokens).toBe(Math.floor((blocks / 63) * 1001));
});

describe('grouped attention', () => {
  const llama70b = {
    ...kimi,
    attention: {
      kind: 'gqa' as const,
      heads: 64,
      kvHeads: 8,
      headSize: 128,
      hasQueryKeyValueBias: false,
      hasOutputBias: false,
      hasQueryKeyNorms: false,
      hasOutputGate: false,
      hasSinks: false,
    },
  };

  test('keeps keys and values of its own heads: 327,680 bytes per token on one card of Llama 3 70B, an eighth on eight', () => {
    expect(80 * kvBytesPerLayer(llama70b, 1, 2).everyToken).toBe(327_680);
    expect(80 * kvBytesPerLayer(llama70b, 8, 2).everyToken).toBe(40_960);
  });

  test('on more ranks than heads keeps one head on each', () => {
    expect(kvElementsPerLayer(llama70b, 16)).toBe(256);
  });

  test('latent attention is a copy on every rank', () => {
    expect(kvElementsPerLayer(kimi, 1)).toBe(576);
    expect(kvElementsPerLayer(kimi, 16)).toBe(576);
  });
});

describe('windows and states', () => {
  const block = 16 * 1000;
  const pool = (blocks: number, context: number, partial: Partial<typeof plain>) =>
    kvCacheCapacity({
      ...plain,
      ...partial,
      poolBytes: blocks * block,
      bytesPerToken: 1000,
      blockTokens: 16,
      decodeContextRanks: 1,
      contextLengthTokens: context,
    });

  test('a window takes as many blocks as the request has, then no more', () => {
    const window = {windowRatio: 1, windowBlocks: 10};
    expect(pool(100, 5 * 16, window).fullLengthSequences).toBe(10);
    expect(pool(100, 40 * 16, window).fullLengthSequences).toBe(2);
  });

  test('a state takes its blocks whatever the length', () => {
    expect(pool(100, 16, {stateBlocks: 3}).fullLengthSequences).toBe(25);
    expect(pool(100, 97 * 16, {stateBlocks: 3}).fullLengthSequences).toBe(1);
  });

  test.each([
    [100, {windowRatio: 1, windowBlocks: 10}, 90],
    [15, {windowRatio: 1, windowBlocks: 10}, 7],
    [100, {stateBlocks: 3}, 97],
    [2, {stateBlocks: 3}, 0],
    [100, {windowRatio: 2, windowBlocks: 10, stateBlocks: 5}, 75],
    [100, {tokenShare: 0.5}, 50],
  ])('of %i blocks with %j the longest request has %i', (blocks, partial, expected) => {
    const longest = pool(blocks, 16, partial).longestSequenceTokens;
    expect(longest).toBe(expected * 16);
    // A request of that length fits, and one block more does not.
    if (longest > 0) expect(pool(blocks, longest, partial).fullLengthSequences).toBeGreaterThanOrEqual(1);
    expect(pool(blocks, longest + 16, partial).fullLengthSequences).toBeLessThan(1);
  });

  test('a part of the pool that is set apart counts for what a request needs', () => {
    expect(pool(100, 10 * 16, {tokenShare: 0.5})).toMatchObject({
      fullLengthSequences: 5,
      bytesPerFullLengthSequence: 20 * block,
    });
  });
});
