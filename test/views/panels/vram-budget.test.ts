import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {launchSettingsSchema} from '../../../src/domain/settings/launch-settings.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {buildConsoleData, buildGpu, buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';
import {planOf} from '../../support/plan-of.ts';
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
    fractionBaseBytes: 79.18 * BYTES_PER_GIB,
    overheadBytes: 3 * BYTES_PER_GIB,
    nvmlBytes: 79.65 * BYTES_PER_GIB,
  },
  kvCache: {capacityTokens: 0, fullLengthSequences: 0},
} as const;

describe('the VRAM budget panel', () => {
  test('does not say what would fit where something else than memory forbids the settings', () => {
    const reason = 'These settings need 8 GPUs; 7 can be used.';
    const plan = {verdict: 'does-not-fit', reason} as const;
    const picture = pictureOf('vram-budget', at({plan, engine: {facts: observed}}), {columns: 56, rows: 8});
    expect(picture).toContain(`does not fit\n${reason}`);
    expect(picture).not.toContain('full length');
  });

  test('compares the plan with the log of the engine', () => {
    expect(pictureOf('vram-budget', at({engine: {facts: observed}}), {columns: 56, rows: 8})).toMatchInlineSnapshot(`
      "
      [VRAM budget per GPU | estimated before the start]
      fits  3.08× full length  808,300 KV tokens
      █████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒│░░░░
      █ weights    71.8 GiB  engine  72.0 GiB  +0.2 GiB
      ▓ KV cache   52.0 GiB  engine  52.9 GiB  +0.9 GiB
      ▒ overhead    4.8 GiB
        budget 128.6 GiB = 0.92 × 139.8 GiB CUDA-visible
        outside the budget 0.9 GiB planned
        GPU 7 in use 130.0 GiB · planned 129.5 · vs. plan +0.5
      "
    `);
  });

  describe('of an engine with a reserve in addition to its budget', () => {
    const settings = launchSettingsSchema.parse({
      ...buildSnapshot().engine.settings,
      engine: 'sglang',
      memoryFraction: 0.9,
    });
    const plan = planOf(settings, '8xH200');
    const {totalBytes, outsideBytes, reserveBytes} = plan.perGpu;
    const usedBytes = totalBytes + outsideBytes + 3.2 * BYTES_PER_GIB;
    const budget = {...plan.perGpu, othersBytes: 0, unexplainedBytes: usedBytes - totalBytes - outsideBytes};
    const gpus = [buildGpu(0, {memoryUsedBytes: usedBytes, budget})];
    const data = at({plan, gpus, engine: {settings, facts: {}}});

    test('every sum adds up: what it uses, what is planned, and the reserve as its own amount', () => {
      const text = pictureOf('vram-budget', data, {columns: 76, rows: 9});
      expect(text).toContain('budget 125.0 GiB = 0.90 × 138.9 GiB free at start');
      expect(text).toContain('outside the budget 0.9 GiB planned · reserve 13.9 GiB, used as needed');
      expect(text).toContain('GPU 0 in use 129.1 GiB · planned 125.9 · vs. plan +3.2');
      expect(pictureOf('gpu-memory', data, {columns: 90, rows: 3})).toContain('vs. plan +3.2 GiB  reserve 13.9 GiB');
    });

    test('the memory fraction is that of the plan, also if the last run had another one', () => {
      const last = at({
        plan,
        gpus,
        engine: {state: 'stopped', settings: {...settings, memoryFraction: 0.5}, facts: {}},
      });
      expect(pictureOf('vram-budget', last, {columns: 76, rows: 9})).toContain('budget 125.0 GiB = 0.90 × 138.9 GiB');
    });

    test('use of the reserve is within the plan, more is not', () => {
      const more = (bytes: number) =>
        at({plan, gpus: [buildGpu(0, {memoryUsedBytes: usedBytes, budget: {...budget, unexplainedBytes: bytes}})]});
      expect(pictureOf('gpu-memory', data, {columns: 60, rows: 3})).toMatch(/^ 0 /m);
      expect(pictureOf('gpu-memory', more(reserveBytes + 1.1 * BYTES_PER_GIB), {columns: 60, rows: 3})).toMatch(
        /^ 0!/m,
      );
    });
  });

  test('in three rows keeps verdict, sum and bar', () => {
    expect(pictureOf('vram-budget', at({engine: {facts: observed}}), {columns: 56, rows: 3})).toMatchInlineSnapshot(`
      "
      [VRAM budget per GPU | estimated before the start]
      fits  3.08× full length  808,300 KV tokens
      █ 71.8 ▓ 52.0 ▒ 4.8  = 128.6 GiB
      █████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒│░░░░
      "
    `);
  });

  test('of a plan that does not fit says why, with its negative pool', () => {
    const data = at({plan: negative, engine: {facts: {}}});
    expect(pictureOf('vram-budget', data, {columns: 76, rows: 9})).toMatchInlineSnapshot(`
      "
      [VRAM budget per GPU | estimated before the start]
      does not fit  0.00× full length  0 KV tokens
      Weights (71.8 GiB) and overhead (3.0 GiB) need 74.8 GiB per GPU, 3.3 GiB
      more than the budget (71.5 GiB).
      ████████████████████████████████████████████████████████████████████│▒▒░░░░░
      █ weights    71.8 GiB
      ▓ KV cache    3.3 GiB short
      ▒ overhead    3.0 GiB
        budget 71.5 GiB = 0.92 × 79.2 GiB CUDA-visible of 79.7 GiB on the GPU
        outside the budget 0.9 GiB planned
      "
    `);
    expect(viewOf('vram-budget', data, {columns: 76, rows: 9}).tone).toBe('critical');
  });

  test('says whether the plan is estimated or calibrated by earlier starts', () => {
    expect(viewOf('vram-budget', at({}), {columns: 56, rows: 3}).titleNote).toBe('estimated before the start');
    expect(viewOf('vram-budget', at({}), {columns: 40, rows: 3}).titleNote).toBe('estimated');
    expect(
      viewOf('vram-budget', at({engine: {state: 'starting', readyAtMs: null}}), {columns: 56, rows: 3}).titleNote,
    ).toBe('estimated');
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
