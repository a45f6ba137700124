import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createFrames} from '../../../src/tui/state/frames.ts';
import {buildConsoleData} from '../../support/build-snapshot.ts';
import {createMemorySession} from '../../support/memory-session.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a change after a pause is drawn immediately, and a flood four times per second, including its last change', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  const listener = vi.fn();
  frames.store.subscribe(listener);
  vi.advanceTimersByTime(500);
  session.notify();
  expect(listener).toHaveBeenCalledTimes(1);
  for (let times = 0; times < 100; times += 1) {
    session.notify();
    vi.advanceTimersByTime(5);
  }
  const last = buildConsoleData();
  session.setData(last);
  vi.advanceTimersByTime(250);
  expect(listener.mock.calls.length).toBeLessThanOrEqual(4);
  expect(frames.store.get().data).toBe(last);
  frames.close();
});

test('without data the clock continues, once per second', () => {
  const frames = createFrames(createMemorySession(buildConsoleData()), () => Date.now());
  const listener = vi.fn();
  frames.store.subscribe(listener);
  vi.advanceTimersByTime(5_050);
  expect(listener).toHaveBeenCalledTimes(5);
  frames.close();
});

test('data that arrives once per second is drawn once per second', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  const listener = vi.fn();
  frames.store.subscribe(listener);
  for (let second = 0; second < 10; second += 1) {
    vi.advanceTimersByTime(second % 2 === 0 ? 1_040 : 960);
    session.notify();
  }
  expect(listener.mock.calls.length).toBeLessThanOrEqual(11);
  frames.close();
});

test('closing ends timers and the subscription', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  session.notify();
  frames.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(session.listenerCount()).toBe(0);
});
