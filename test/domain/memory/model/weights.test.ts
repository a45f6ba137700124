import {describe, expect, test} from 'vitest';
import {publishedQuantization, weightFormats} from '../../../../src/domain/memory/model/quantization.ts';
import {checkpointBytes, weightParts} from '../../../../src/domain/memory/model/weights.ts';
import {knownArchitecture, publishedBytes} from '../plan-samples.ts';

const kimi = knownArchitecture();

test('the text tower in INT4 needs 594,205,904,896 bytes, as published for Kimi K2 Thinking', () => {
  expect(publishedBytes(knownArchitecture('moonshotai/Kimi-K2-Thinking'), 'int4')).toBe(594_205_904_896);
});

test('Kimi K2.7 Code in INT4 needs 595,148,192,736 bytes', () => {
  expect(publishedBytes(kimi, 'int4')).toBe(595_148_192_736);
});

test('that is within 0.1 % of the 595 GB in its repository and in the vLLM recipe', () => {
  expect(Math.abs(publishedBytes(kimi, 'int4') / 595e9 - 1)).toBeLessThan(0.001);
});

test('NVFP4 needs the same bytes: half the group, half the scale', () => {
  expect(publishedBytes(kimi, 'nvfp4')).toBe(595_148_192_736);
});

test('MXFP4 with shared experts and the dense layer needs 558.98 GB (vLLM recipe: about 557)', () => {
  expect(publishedBytes(kimi, 'mxfp4') / 1e9).toBeCloseTo(558.98, 2);
});

test('BF16 needs 2,053.76 GB and FP8 1,029.2 GB, without the vision tower', () => {
  expect(publishedBytes(kimi, 'bf16') / 1e9).toBeCloseTo(2053.76, 2);
  expect(publishedBytes({...kimi, vision: null}, 'fp8') / 1e9).toBeCloseTo(1029.2, 1);
});

describe('the parts', () => {
  test('add up to the checkpoint, layer by layer', () => {
    for (const format of weightFormats) {
      for (const part of weightParts(kimi, publishedQuantization(format))) {
        const layers = part.bytesByLayer.reduce((sum, bytes) => sum + bytes, 0);
        const isVision = part.name.startsWith('vision');
        expect(layers + part.firstBytes + part.lastBytes + (isVision ? part.bytes : 0)).toBe(part.bytes);
      }
    }
  });

  test('the native INT4 quantizes only the routed experts, by its own ignore list', () => {
    const quantized = weightParts(kimi, publishedQuantization('int4')).filter((part) => part.quantizedParameters > 0);
    expect(quantized.map(({name}) => name)).toEqual(['routed-experts']);
  });

  test('an ignore list of single layers keeps those in 16 bit', () => {
    const int4 = publishedQuantization('int4');
    const without = checkpointBytes(weightParts(kimi, int4));
    const ignore = [...int4.ignore, 're:.*layers\\.7\\.mlp\\.experts.*'];
    const layerParameters = 384 * 3 * 7168 * 2048;
    const kept = checkpointBytes(weightParts(kimi, {...int4, ignore}));
    // 2 bytes a weight in place of half a byte, a BF16 scale per 32, and 8 bytes a matrix.
    expect(kept - without).toBe(layerParameters * (2 - 0.5 - 2 / 32) - 384 * 3 * 8);
  });
});
