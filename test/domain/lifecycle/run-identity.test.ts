import {expect, test} from 'vitest';
import {runIdentitySchema} from '../../../src/domain/lifecycle/run-identity.ts';
import {runOf} from './lifecycle-samples.ts';

const run = runOf(12);

test('what identifies a run is a document', () => {
  expect(runIdentitySchema.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
  // More ticks than a number can hold.
  const old = {...run, startTimeTicks: '18446744073709551615'};
  expect(runIdentitySchema.parse(old)).toEqual(old);
});

test.each([
  ['runId', ''],
  ['pid', 0],
  ['pid', -4],
  ['pid', 1.5],
  ['sessionId', 0],
  ['sessionId', '7'],
  ['startTimeTicks', ''],
  ['startTimeTicks', '12a'],
  ['startTimeTicks', 'a12'],
  ['startTimeTicks', 12],
  ['bootId', ''],
  ['startedAtMs', 'now'],
  ['directory', ''],
  ['more', 1],
])('%s %j identifies none', (key, value) => {
  expect(runIdentitySchema.safeParse({...run, [key]: value}).success).toBe(false);
});

test.each(Object.keys(run))('nothing is identified without %s', (key) => {
  expect(runIdentitySchema.safeParse({...run, [key]: undefined}).success).toBe(false);
});
