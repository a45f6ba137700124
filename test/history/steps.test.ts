import {afterEach, expect, test, vi} from 'vitest';
import {resultInSlices, resultOf, type Steps} from '../../src/history/steps.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function* counted(steps: number, isStep: () => void): Steps<number> {
  for (let step = 0; step < steps; step += 1) {
    isStep();
    yield;
  }
  return steps;
}

test('steps that take long together leave turns to other work, with the same result', async () => {
  let nowMs = 0;
  let turns = 0;
  let isDone = false;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const turn = () => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const isStep = () => {
    nowMs += 1;
  };
  expect(await resultInSlices(counted(100, isStep))).toBe(100);
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(20);
  expect(resultOf(counted(100, isStep))).toBe(100);
});

test('an error of a step is that of the result', async () => {
  const failing = function* (): Steps<number> {
    yield;
    throw new Error('the disk is gone');
  };
  await expect(resultInSlices(failing())).rejects.toThrow('the disk is gone');
});
