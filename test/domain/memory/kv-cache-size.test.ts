import {describe, expect, test} from 'vitest';
import {kvBytesPerToken, kvCacheCapacity, kvElementsPerLayer} from '../../../src/domain/memory/kv-cache-size.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {knownArchitecture} from './plan-samples.ts';

const kimi = knownArchitecture();
const BF16 = kvBytesPerToken(kimi, {attentionRanks: 8}, 61, 2);
const FP8 = kvBytesPerToken(kimi, {attentionRanks: 8}, 61, 1);

function capacityOf(poolBytes: number, options: Partial<Parameters<typeof kvCacheCapacity>[0]> = {}) {
  return kvCacheCapacity({
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
  const whole = {poolBytes: 20 * BYTES_PER_GIB, blockTokens: 16, decodeContextRanks: 1};
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
    poolBytes: BYTES_PER_GIB,
    bytesPerToken: BF16,
    blockTokens: 16,
    decodeContextRanks: 1,
    contextLengthTokens: 1001,
  });
  expect(bytesPerFullLengthSequence).toBe(1008 * BF16);
});

test('a one-layer EAGLE-3 draft adds its layer: 62 x 576 elements', () => {
  expect(kvBytesPerToken(kimi, {attentionRanks: 8}, 62, 1)).toBe(35_712);
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
    },
  };

  test('keeps keys and values of its own heads: 327,680 bytes per token on one card of Llama 3 70B, an eighth on eight', () => {
    expect(kvBytesPerToken(llama70b, {attentionRanks: 1}, 80, 2)).toBe(327_680);
    expect(kvBytesPerToken(llama70b, {attentionRanks: 8}, 80, 2)).toBe(40_960);
  });

  test('on more ranks than heads keeps one head on each', () => {
    expect(kvElementsPerLayer(llama70b, 16)).toBe(256);
  });

  test('latent attention is a copy on every rank', () => {
    expect(kvElementsPerLayer(kimi, 1)).toBe(576);
    expect(kvElementsPerLayer(kimi, 16)).toBe(576);
  });
});
