import {expect, test} from 'vitest';
import {IdleTime} from '../../../src/supervisor/loop/idle-time.ts';

const LIMIT_MS = 1_000;

test('idle time counts from the last moment in which the supervisor was needed', () => {
  const idle = new IdleTime(5_000);
  const isOver = (isNeeded: boolean, nowMs: number) => idle.isOver(isNeeded, nowMs, LIMIT_MS);
  expect([isOver(false, 5_000), isOver(false, 5_999), isOver(false, 6_000)]).toEqual([false, false, true]);
  expect([isOver(true, 9_000), isOver(false, 9_999), isOver(false, 10_000)]).toEqual([false, false, true]);
});

test('a limit that changes counts from the same moment', () => {
  const idle = new IdleTime(0);
  expect([idle.isOver(false, 500, 400), idle.isOver(false, 500, 600)]).toEqual([true, false]);
});
