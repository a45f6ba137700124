import {expect, test} from 'vitest';
import {activeOnlyBytes, nominalRow, nominalWeightsBytes} from '../../../../src/domain/memory/nominal/nominal.ts';
import {catalogCard, H100, H200, knownArchitecture, publishedBytes} from '../plan-samples.ts';

const KIMI_PARAMETERS = 1_026_879_376_368;

test.each([
  ['bf16', 2000],
  ['fp8', 1000],
  ['int4', 500],
] as const)('the published guide has %s at %d GB', (format, gb) => {
  expect(nominalWeightsBytes(KIMI_PARAMETERS, format).bytes).toBe(gb * 1e9);
});

test('its 500 GB are 95.1 GB short of the real checkpoint', () => {
  const short = publishedBytes(knownArchitecture(), 'int4') - nominalWeightsBytes(KIMI_PARAMETERS, 'int4').bytes;
  expect(short / 1e9).toBeCloseTo(95.1, 1);
});

test.each([
  ['fp8', H200, 1128, 128],
  ['fp8', H100, 640, -360],
  ['int4', H100, 640, 140],
] as const)('its table has %s on 8x %s at %d GB with %d left', (format, name, nodeGb, overGb) => {
  const row = nominalRow(nominalWeightsBytes(KIMI_PARAMETERS, format).bytes, catalogCard(name).nominalBytes, 8);
  expect([row.nodeGb, row.overGb]).toEqual([nodeGb, overGb]);
});

test('sizing by the active parameters requests a thirtieth of what is needed', () => {
  expect(activeOnlyBytes(32e9, 'fp8')).toBe(32e9);
});

test('another model is counted by its own size', () => {
  expect(nominalWeightsBytes(8_030_261_248, 'bf16').bytes).toBe(16_060_522_496);
});
