import {expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {watchFindings} from '../../../src/supervisor/events/finding-watch.ts';
import {idleEvent} from '../../../src/supervisor/events/idle-event.ts';
import {buildFinding, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const now = {atMs: TEST_NOW_MS, monotonicMs: 1_000, runId: 'run-1'};
const idle = {state: 'idle', sinceMs: TEST_NOW_MS - 47 * 60_000, microUsd: 22_500_000, isAtLeast: false} as const;

function eventsOf(code: string, cost: Parameters<typeof idleEvent>[1]) {
  const {events} = watchFindings([], [buildFinding({code})], now);
  return events.flatMap((event) => idleEvent(event, cost) ?? []);
}

test('an engine that becomes idle is an event with the dollars of the ledger', () => {
  expect(eventsOf('engine.idle', {idle})).toEqual([
    {
      code: 'cost.idle',
      severity: 'info',
      actor: 'engine',
      message: 'Nobody has used the engine for 47 min: $22.50 so far.',
      runId: 'run-1',
      details: {idleMs: 47 * 60_000, microUsd: 22_500_000, isAtLeast: false},
    },
  ]);
  expect(eventsOf('engine.idle', {idle: {...idle, microUsd: absent('no price'), isAtLeast: true}})).toMatchObject([
    {message: 'Nobody has used the engine for at least 47 min.', details: {microUsd: null}},
  ]);
});

test('no other finding is', () => {
  expect(eventsOf('engine.no-progress', {idle})).toEqual([]);
  expect(eventsOf('engine.idle', {idle: null})).toEqual([]);
});
