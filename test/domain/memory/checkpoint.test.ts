import {expect, test} from 'vitest';
import {type Architecture, findModelArchitecture} from '../../../src/domain/memory/architecture.ts';
import {checkpointBytes, isWeightFormat, nominalWeightsBytes} from '../../../src/domain/memory/checkpoint.ts';

function architectureOf(modelId: string): Architecture {
  const architecture = findModelArchitecture(modelId);
  if (architecture === undefined) throw new Error(`${modelId} is not known`);
  return architecture;
}
const kimi = architectureOf('moonshotai/Kimi-K2.7-Code');

test('the text tower in INT4 takes 594,205,904,896 bytes, as Kimi K2 Thinking is published', () => {
  expect(checkpointBytes(architectureOf('moonshotai/Kimi-K2-Thinking'), 'int4')).toBe(594_205_904_896);
});

test('Kimi K2.7 Code in INT4 takes 595,148,192,736 bytes', () => {
  expect(checkpointBytes(kimi, 'int4')).toBe(595_148_192_736);
});

test('that is within 0.1 % of the 595 GB its repository and the vLLM recipe state', () => {
  expect(Math.abs(checkpointBytes(kimi, 'int4') / 595e9 - 1)).toBeLessThan(0.001);
});

test('NVFP4 takes the same bytes: half the group, half the scale', () => {
  expect(checkpointBytes(kimi, 'nvfp4')).toBe(595_148_192_736);
});

test('MXFP4 with shared experts and the dense layer takes 558.98 GB (vLLM recipe: about 557)', () => {
  expect(checkpointBytes(kimi, 'mxfp4') / 1e9).toBeCloseTo(558.98, 2);
});

test('BF16 takes 2,053.76 GB and FP8 1,029.2 GB beside the vision tower', () => {
  expect(checkpointBytes(kimi, 'bf16') / 1e9).toBeCloseTo(2053.76, 2);
  expect(checkpointBytes({...kimi, vision: null}, 'fp8') / 1e9).toBeCloseTo(1029.2, 1);
});

test("the published guide's 10^12 x 0.5 bytes is 500 GB, and 95.1 GB short", () => {
  expect(nominalWeightsBytes('int4')).toBe(500e9);
  expect((checkpointBytes(kimi, 'int4') - nominalWeightsBytes('int4')) / 1e9).toBeCloseTo(95.1, 1);
});

test('a format of which the bytes are not known is not taken for one', () => {
  expect(isWeightFormat('int4')).toBe(true);
  expect(isWeightFormat('q4_k_xl')).toBe(false);
});
