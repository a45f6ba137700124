import {expect, test} from 'vitest';
import {stateSinceMsOf, upMsOf} from '../../../src/views/format/state-times.ts';
import {buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const READY_MS = TEST_NOW_MS - 60_000;
type Given = NonNullable<Parameters<typeof buildSnapshot>[0]>['engine'];
const of = (engine: NonNullable<Given>) => buildSnapshot({engine, takenAtMs: TEST_NOW_MS});

test('an engine is up while it serves, up to the snapshot', () => {
  const serving = {state: 'ready', readyAtMs: READY_MS, unansweredMs: null} as const;
  expect(upMsOf(of(serving))).toBe(60_000);
  expect(upMsOf(of({...serving, state: 'draining'}))).toBe(60_000);
  expect(upMsOf(of({...serving, readyAtMs: TEST_NOW_MS + 5}))).toBe(0);
  expect(upMsOf(of({...serving, readyAtMs: null}))).toBeNull();
  expect(upMsOf(of({...serving, unansweredMs: 10_000}))).toBeNull();
  for (const state of ['degraded', 'starting', 'stopping', 'stopped', 'failed', 'backing-off', 'preflight'] as const)
    expect(upMsOf(of({...serving, state})), state).toBeNull();
});

test('since when a state is, is what the snapshot says; an older one says it for some states', () => {
  const exit = {...buildSnapshot().engine.exit, status: 1, wasRequested: false, atMs: TEST_NOW_MS - 5_000};
  expect(stateSinceMsOf({...buildSnapshot().engine, state: 'failed', exit, stateSinceMs: 7})).toBe(7);
  expect(stateSinceMsOf({...buildSnapshot().engine, state: 'failed', exit, stateSinceMs: null})).toBeNull();
  expect(stateSinceMsOf({...buildSnapshot().engine, state: 'failed', exit, stateSinceMs: undefined})).toBe(
    TEST_NOW_MS - 5_000,
  );
  expect(stateSinceMsOf({...buildSnapshot().engine, state: 'degraded', exit, stateSinceMs: undefined})).toBeNull();
});
