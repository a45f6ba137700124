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

test('lines of the log alone keep the time of the frame, and wait for half a second where the log is followed', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  frames.followLog(true);
  vi.advanceTimersByTime(300);
  const data = buildConsoleData();
  session.setData(data);
  const {nowMs} = frames.store.get();
  vi.advanceTimersByTime(100);
  const longer = {...data, log: [...data.log, {number: 99_999, text: 'one more'}]};
  session.setData(longer);
  vi.advanceTimersByTime(300);
  expect(frames.store.get().data).toBe(data);
  vi.advanceTimersByTime(100);
  expect(frames.store.get()).toEqual({data: longer, nowMs});
  frames.close();
});

test('elsewhere lines of the log are drawn with the data of the next second, or a little later without it', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  const listener = vi.fn();
  frames.store.subscribe(listener);
  let data = buildConsoleData();
  session.setData(data);
  for (let second = 0; second < 10; second += 1) {
    vi.advanceTimersByTime(60);
    data = {...data, log: [...data.log, {number: 99_000 + second, text: 'one more'}]};
    session.setData(data);
    vi.advanceTimersByTime(940);
    data = {...buildConsoleData(), log: data.log};
    session.setData(data);
  }
  expect(listener).toHaveBeenCalledTimes(11);
  const longer = {...data, log: []};
  session.setData(longer);
  vi.advanceTimersByTime(1_250);
  expect(frames.store.get().data).toBe(longer);
  frames.close();
});

test('lines of the log that wait do not hold up other data', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  const data = buildConsoleData();
  session.setData(data);
  session.setData({...data, log: []});
  vi.advanceTimersByTime(260);
  const next = buildConsoleData();
  session.setData(next);
  expect(frames.store.get().data).toBe(next);
  frames.close();
});

test('lines of the log alone do not stop the clock', () => {
  const session = createMemorySession(buildConsoleData());
  const frames = createFrames(session, () => Date.now());
  const data = buildConsoleData();
  session.setData(data);
  for (let times = 0; times < 50; times += 1) {
    session.setData({...data, log: [{number: times, text: 'a line'}]});
    vi.advanceTimersByTime(100);
  }
  expect(Date.now() - frames.store.get().nowMs).toBeLessThanOrEqual(1_500);
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
