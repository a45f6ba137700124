import {expect, test} from 'vitest';
import {type Architecture, findModelArchitecture} from '../../../src/domain/memory/architecture.ts';
import {
  activeParameters,
  attentionParametersPerLayer,
  textParameters,
  totalParameters,
  weightParts,
} from '../../../src/domain/memory/parameters.ts';

function kimi(): Architecture {
  const architecture = findModelArchitecture('moonshotai/Kimi-K2.7-Code');
  if (architecture === undefined) throw new Error('Kimi K2.7 Code is not known');
  return architecture;
}

function partParameters(name: string): number {
  return weightParts(kimi())
    .filter((part) => part.name === name)
    .reduce((sum, part) => sum + part.parameters, 0);
}

// Expected values: published config.json of Kimi K2.5 (K2.6 and K2.7 Code alike), multiplied out by hand.

test('the text tower has 1,026,408,232,448 parameters', () => {
  expect(textParameters(kimi())).toBe(1_026_408_232_448);
});

test('that is within 0.02 % of what a community GGUF implies: 543.617 GiB at 4.549 bits', () => {
  const implied = (543.617 * 1024 ** 3 * 8) / 4.549;
  expect(Math.abs(textParameters(kimi()) / implied - 1)).toBeLessThan(0.0002);
});

test('vision tower and projector have 471,143,920 parameters', () => {
  expect(partParameters('vision-tower')).toBe(416_866_032);
  expect(partParameters('vision-projector')).toBe(54_277_888);
  expect(totalParameters(kimi()) - textParameters(kimi())).toBe(471_143_920);
});

test('the whole model has 1,026,879,376,368 parameters', () => {
  expect(totalParameters(kimi())).toBe(1_026_879_376_368);
});

test('latent attention has 101,124,096 parameters a layer', () => {
  expect(attentionParametersPerLayer(kimi())).toBe(101_124_096);
});

test('the routed experts have 1,014,686,023,680 parameters', () => {
  expect(partParameters('routed-experts')).toBe(1_014_686_023_680);
});

test('a token passes through 31,687,095,808 of them: the number that must never size memory', () => {
  expect(activeParameters(kimi())).toBe(31_687_095_808);
});

test('the parts add up to the whole', () => {
  const sum = weightParts(kimi()).reduce((total, part) => total + part.parameters, 0);
  expect(sum).toBe(totalParameters(kimi()));
});
