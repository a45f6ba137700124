import {expect, test} from 'vitest';
import {countParameters} from '../../../../src/domain/memory/model/parameters.ts';
import {knownArchitecture} from '../plan-samples.ts';

const kimi = countParameters(knownArchitecture());

function partParameters(...names: string[]): number {
  return kimi.parts.filter(({name}) => names.includes(name)).reduce((sum, {parameters}) => sum + parameters, 0);
}

// Expected values: published config.json of Kimi K2.5 (K2.6 and K2.7 Code alike), multiplied out by hand.

test('the text tower has 1,026,408,232,448 parameters', () => {
  expect(kimi.text).toBe(1_026_408_232_448);
});

test('that is within 0.02 % of what a community GGUF implies: 543.617 GiB at 4.549 bits', () => {
  const implied = (543.617 * 1024 ** 3 * 8) / 4.549;
  expect(Math.abs(kimi.text / implied - 1)).toBeLessThan(0.0002);
});

test('vision tower and projector have 471,143,920 parameters', () => {
  expect(partParameters('vision-tower')).toBe(416_866_032);
  expect(partParameters('vision-projector')).toBe(54_277_888);
  expect(kimi.total - kimi.text).toBe(471_143_920);
});

test('the complete model has 1,026,879,376,368 parameters', () => {
  expect(kimi.total).toBe(1_026_879_376_368);
});

test('latent attention has 101,124,096 parameters per layer', () => {
  expect(partParameters('attention-down', 'attention-up', 'attention-norms') / 61).toBe(101_124_096);
});

test('the routed experts have 1,014,686,023,680 parameters', () => {
  expect(partParameters('routed-experts')).toBe(1_014_686_023_680);
});

test('a token uses 31,687,095,808 of them: never plan memory with this number', () => {
  expect(kimi.active).toBe(31_687_095_808);
});

test('the parts add up to the total', () => {
  const sum = kimi.parts.reduce((total, part) => total + part.parameters, 0);
  expect(sum).toBe(kimi.total);
});

test.each([
  ['shared-experts', 2_642_411_520],
  ['dense-mlp', 396_361_728],
  ['router', 165_150_720],
  ['router-bias', 23_040],
  ['norms', 881_664],
  ['embedding', 1_174_405_120],
  ['output-head', 1_174_405_120],
])('%s has %d', (name, count) => {
  expect(partParameters(name)).toBe(count);
});
