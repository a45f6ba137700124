import {expect, test} from 'vitest';
import {maskOfReasons, reasonsOfMask} from '../../../../src/sources/nvidia-smi/parse/clock-event-reasons.ts';

const elements = [
  ['gpu_idle', 'Idle', 'idle'],
  ['applications_clocks_setting', 'Applications Clocks Setting', 'application clocks'],
  ['sw_power_cap', 'SW Power Cap', 'software power cap'],
  ['hw_slowdown', 'HW Slowdown', 'hardware slowdown'],
  ['sync_boost', 'Sync Boost', 'sync boost'],
  ['sw_thermal_slowdown', 'SW Thermal Slowdown', 'software thermal slowdown'],
  ['hw_thermal_slowdown', 'HW Slowdown/HW Thermal Slowdown', 'hardware thermal slowdown'],
  ['hw_power_brake_slowdown', 'HW Slowdown/HW Power Brake Slowdown', 'power brake'],
  ['display_clocks_setting', 'Display Clock Setting', 'display clocks'],
] as const;

test.each(elements)('%s and "%s" are read as %s', (element, words, name) => {
  const only = (wanted: string) => (asked: string) => (asked === wanted ? 'Active' : 'Not Active');
  expect(reasonsOfMask(maskOfReasons('element', only(element)))).toEqual([name]);
  expect(reasonsOfMask(maskOfReasons('words', only(words)))).toEqual([name]);
});

test('several reasons are one mask, and none at all is an empty list', () => {
  expect(maskOfReasons('element', () => 'Active')).toBe('0x1ff');
  expect(reasonsOfMask(maskOfReasons('element', () => 'Not Active'))).toEqual([]);
});

test('a block that is missing has no mask; one that could not be read has the driver\u2019s text', () => {
  expect(maskOfReasons('element', () => undefined)).toBeUndefined();
  expect(maskOfReasons('element', () => 'GPU is lost')).toBe('GPU is lost');
  expect(maskOfReasons('words', (name) => (name === 'Idle' ? undefined : 'N/A'))).toBe('N/A');
});

test('one readable line is enough for a mask', () => {
  expect(maskOfReasons('words', (name) => (name === 'Sync Boost' ? 'Active' : 'N/A'))).toBe('0x10');
  expect(maskOfReasons('words', (name) => (name === 'Sync Boost' ? 'Not Active' : undefined))).toBe('0x0');
});

test.each(['0x', '44', 'x0x1', '0x1 ', '0x11111111111111111', '0xg'])('"%s" is not a mask', (text) => {
  const reading = reasonsOfMask(text);
  if (text === '0x1 ') expect(reading).toEqual(['idle']);
  else expect(reading).toHaveProperty('absent');
});

test('a reason quotes at most 40 characters of the text', () => {
  expect(reasonsOfMask('x'.repeat(41))).toEqual({absent: `the driver printed "${'x'.repeat(40)}"`});
});

test('a missing mask has the reason of the caller', () => {
  expect(reasonsOfMask(undefined, 'why')).toEqual({absent: 'why'});
  expect(reasonsOfMask('[N/A]')).toHaveProperty('absent');
});
