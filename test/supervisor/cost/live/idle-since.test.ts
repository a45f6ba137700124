import {expect, test} from 'vitest';
import {unseenServing} from '../../../../src/domain/diagnosis/serving/serving-conditions.ts';
import {initialLifecycleState} from '../../../../src/domain/lifecycle/step.ts';
import {MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {idleSince} from '../../../../src/supervisor/cost/live/idle-since.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 12);
const MONOTONIC_MS = 9_000_000;

/** Idle for so long by pages of metrics, and not yet for as long as a finding takes. */
function idleFor(minutes: number, signal: 'present' | 'gone') {
  const confirmedMs = minutes * MS_PER_MINUTE;
  const condition = {...unseenServing.idle.condition, confirmedMs, last: {signal, atMs: MONOTONIC_MS}};
  const serving = {...unseenServing, idle: {...unseenServing.idle, condition}};
  const lifecycle = {...initialLifecycleState(), state: 'ready'} as const;
  return idleSince(lifecycle, {serving}, {sampledAtMs: NOW_MS, monotonicMs: MONOTONIC_MS});
}

test('an idle engine is shown as idle after five minutes, before that is a finding', () => {
  expect(idleFor(4, 'present')).toBeNull();
  expect(idleFor(6, 'present')).toEqual({state: 'idle', sinceMs: NOW_MS - 6 * MS_PER_MINUTE, isAtLeast: false});
  expect(idleFor(6, 'gone')).toBeNull();
});
