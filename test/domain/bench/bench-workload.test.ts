import fc from 'fast-check';
import {expect, test} from 'vitest';
import {chooseWorkload} from '../../../src/domain/bench/bench-workload.ts';

const unseen = {promptTokens: null, answerTokens: null, cachedRatio: null};

test('without traffic the sizes are those of the published measurements', () => {
  expect(chooseWorkload({given: {}, observed: unseen, contextTokens: 262_144})).toEqual({
    promptTokens: 8_192,
    answerTokens: 2_048,
    cachedRatio: 0,
    sizesFrom: 'default',
    cachedFrom: 'default',
  });
});

test('what was observed is used, and what was given comes before it', () => {
  const observed = {promptTokens: 41_000.4, answerTokens: 612, cachedRatio: 0.92};
  expect(chooseWorkload({given: {}, observed, contextTokens: 262_144})).toEqual({
    promptTokens: 41_000,
    answerTokens: 612,
    cachedRatio: 0.92,
    sizesFrom: 'observed',
    cachedFrom: 'observed',
  });
  expect(chooseWorkload({given: {answerTokens: 100, cachedRatio: 0}, observed, contextTokens: 262_144})).toMatchObject({
    promptTokens: 41_000,
    answerTokens: 100,
    cachedRatio: 0,
    sizesFrom: 'given',
    cachedFrom: 'given',
  });
});

test('prompt sizes without answer sizes are no observed requests', () => {
  const observed = {promptTokens: 500, answerTokens: null, cachedRatio: 0.5};
  const workload = chooseWorkload({given: {}, observed, contextTokens: 262_144});
  expect(workload).toMatchObject({promptTokens: 8_192, sizesFrom: 'default', cachedRatio: 0.5, cachedFrom: 'observed'});
});

test('sizes that were given and do not fit are refused, others are made smaller', () => {
  const given = {promptTokens: 4_000, answerTokens: 1_000};
  expect(chooseWorkload({given, observed: unseen, contextTokens: 4_096})).toBeNull();
  fc.assert(
    fc.property(
      fc.integer({min: 256, max: 300_000}),
      fc.record(
        {promptTokens: fc.integer({min: 1, max: 300_000}), answerTokens: fc.integer({min: 1, max: 300_000})},
        {requiredKeys: []},
      ),
      (contextTokens, sizes) => {
        const workload = chooseWorkload({given: sizes, observed: unseen, contextTokens});
        if (workload === null) return Object.keys(sizes).length > 0;
        const {promptTokens, answerTokens} = workload;
        const isKept = Object.entries({promptTokens, answerTokens, ...sizes}).every(([name, value]) =>
          name === 'promptTokens' ? value === promptTokens : value === answerTokens,
        );
        return isKept && promptTokens + answerTokens < contextTokens;
      },
    ),
  );
});
