import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {buildConsoleData, buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

const at = (overrides: DeepPartial<Snapshot>) => buildConsoleData({snapshot: buildSnapshot(overrides)});
const observed = {
  weightsBytesPerGpu: Math.round(72.02 * BYTES_PER_GIB),
  kvCachePoolBytesPerGpu: Math.round(52.9 * BYTES_PER_GIB),
  kvCapacityTokens: 808_300,
};
/** 8x H100 with 80 GB: weights and overhead exceed the budget. */
const negative = {
  verdict: 'does-not-fit',
  reason: 'Weights (71.8 GiB) and overhead (3.0 GiB) need 74.8 GiB per GPU, 3.3 GiB more than the budget (71.5 GiB).',
  perGpu: {
    kvCachePoolBytes: -3.32 * BYTES_PER_GIB,
    budgetBytes: 71.5 * BYTES_PER_GIB,
    totalBytes: 71.5 * BYTES_PER_GIB,
    cudaVisibleBytes: 79.18 * BYTES_PER_GIB,
    nvmlBytes: 79.65 * BYTES_PER_GIB,
  },
  kvCache: {capacityTokens: 0, fullLengthSequences: 0},
} as const;

describe('the VRAM budget panel', () => {
  test('compares the plan with the log of the engine', () => {
    expect(pictureOf('vram-budget', at({engine: {facts: observed}}), {columns: 56, rows: 8})).toMatchInlineSnapshot(`
      "
      [VRAM budget per GPU | estimated]
      fits  3.08× full length  808,300 KV tokens
      █████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░
      █ weights    71.8 GiB  engine  72.0 GiB  +0.2 GiB
      ▓ KV cache   53.3 GiB  engine  52.9 GiB  -0.4 GiB
      ▒ overhead    3.5 GiB
        budget 128.6 GiB = 0.92 × 139.8 GiB CUDA-visible
        outside the budget 0.9 GiB planned
        GPU 7 in use 130.0 GiB · planned 129.5 · vs. plan +0.5
      "
    `);
  });

  test('in three rows keeps verdict, sum and bar', () => {
    expect(pictureOf('vram-budget', at({engine: {facts: observed}}), {columns: 56, rows: 3})).toMatchInlineSnapshot(`
      "
      [VRAM budget per GPU | estimated]
      fits  3.08× full length  808,300 KV tokens
      █ 71.8 ▓ 53.3 ▒ 3.5  = 128.6 GiB
      █████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░
      "
    `);
  });

  test('of a plan that does not fit says why, with its negative pool', () => {
    const data = at({plan: negative, engine: {facts: {}}});
    expect(pictureOf('vram-budget', data, {columns: 76, rows: 9})).toMatchInlineSnapshot(`
      "
      [VRAM budget per GPU | estimated]
      does not fit  0.00× full length  0 KV tokens
      Weights (71.8 GiB) and overhead (3.0 GiB) need 74.8 GiB per GPU, 3.3 GiB
      more than the budget (71.5 GiB).
      ████████████████████████████████████████████████████████████████████│▒▒▒░░░░
      █ weights    71.8 GiB
      ▓ KV cache   -3.3 GiB
      ▒ overhead    3.5 GiB
        budget 71.5 GiB = 0.92 × 79.2 GiB CUDA-visible of 79.7 GiB on the GPU
        outside the budget 0.9 GiB planned
      "
    `);
    expect(viewOf('vram-budget', data, {columns: 76, rows: 9}).tone).toBe('critical');
  });

  test('says whether the plan is estimated or calibrated by earlier starts', () => {
    expect(viewOf('vram-budget', at({}), {columns: 56, rows: 3}).titleNote).toBe('estimated');
    expect(viewOf('vram-budget', at({plan: {confidence: 'calibrated'}}), {columns: 56, rows: 3}).titleNote).toBe(
      'calibrated',
    );
  });

  test('without a plan says why there is none', () => {
    expect(pictureOf('vram-budget', at({plan: absent('no GPU read yet')}), {columns: 56, rows: 3})).toContain(
      'no GPU read yet',
    );
  });

  test('in ten columns says the verdict', () => {
    expect(pictureOf('vram-budget', at({}), {columns: 10, rows: 1})).toContain('fits');
  });
});
