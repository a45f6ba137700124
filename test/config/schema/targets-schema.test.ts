import {expect, test} from 'vitest';
import {type ConfigurationInput, configurationSchema} from '../../../src/config/configuration.ts';
import {toLatencyTargets} from '../../../src/config/schema/targets-schema.ts';

const targetsOf = (input: ConfigurationInput) => toLatencyTargets(configurationSchema.parse(input));

test('without targets only the first token has one, that of its finding', () => {
  expect(targetsOf({})).toEqual({timeToFirstToken: 10_000, interToken: null, endToEnd: null, queue: null});
  expect(targetsOf({findings: {timeToFirstTokenSeconds: null}}).timeToFirstToken).toBeNull();
});

test('targets are given in seconds, and one for the first token comes before that of its finding', () => {
  const targets = {firstTokenSeconds: 2, interTokenSeconds: 0.05, endToEndSeconds: 60, queueSeconds: 1};
  expect(targetsOf({targets})).toEqual({timeToFirstToken: 2_000, interToken: 50, endToEnd: 60_000, queue: 1_000});
});

test('a target is a time above zero', () => {
  expect(configurationSchema.safeParse({targets: {queueSeconds: 0}}).success).toBe(false);
  expect(configurationSchema.safeParse({targets: {firstToken: 2}}).success).toBe(false);
});
