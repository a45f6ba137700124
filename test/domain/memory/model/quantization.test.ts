import {describe, expect, test} from 'vitest';
import {
  describeQuantization,
  ignoreMatcher,
  isWeightFormat,
  publishedQuantization,
} from '../../../../src/domain/memory/model/quantization.ts';

describe('an ignore list', () => {
  test.each([
    ['lm_head', 'lm_head', true],
    ['lm_head', 'layers.0.lm_head_proj', false],
    ['re:.*self_attn.*', 'layers.3.self_attn.q_a_proj', true],
    ['re:.*mlp\\.(gate|up|gate_up|down)_proj.*', 'layers.0.mlp.down_proj', true],
    ['re:.*mlp\\.(gate|up|gate_up|down)_proj.*', 'layers.3.mlp.experts.0.down_proj', false],
    ['model.layers.5', 'layers.5.mlp.gate_proj', true],
    ['model.layers.5', 'layers.55.mlp.gate_proj', false],
    ['language_model.model.layers.0*', 'layers.0.mlp.up_proj', true],
    ['*self_attn*', 'layers.9.self_attn.o_proj', true],
    ['model.layers.1.mlp.gate_proj', 'layers.1.mlp.gate_proj', true],
    ['re:(unclosed', 'anything', false],
  ])('%s on %s: %s', (entry, module, expected) => {
    expect(ignoreMatcher([entry])(module)).toBe(expected);
  });
});

test('a format of unknown size is not treated as a known one', () => {
  expect(isWeightFormat('int4')).toBe(true);
  expect(isWeightFormat('q4_k_xl')).toBe(false);
});

test.each([
  ['int4', '4 bit + a 16-bit scale per 32'],
  ['nvfp4', '4 bit + an 8-bit scale per 16'],
  ['fp8', '8 bit + a 32-bit scale per 128x128'],
  ['bf16', '16 bit'],
] as const)('%s is described as %s', (format, text) => {
  expect(describeQuantization(publishedQuantization(format))).toBe(text);
});
