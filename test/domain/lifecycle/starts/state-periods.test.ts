import {expect, test} from 'vitest';
import {statePeriods, timeByKind} from '../../../../src/domain/lifecycle/starts/state-periods.ts';

const at = (atMs: number, code: string) => ({atMs, code});
const day = [
  at(100, 'engine.preflight'),
  at(110, 'engine.starting'),
  at(150, 'engine.spawned'),
  at(200, 'engine.ready'),
  at(500, 'engine.exited'),
  at(500, 'engine.backing-off'),
  at(520, 'engine.starting'),
  at(600, 'engine.ready'),
  at(900, 'engine.draining'),
  at(910, 'engine.stopping'),
  at(920, 'engine.stopped'),
];

test('periods of one kind are one, and other events change nothing', () => {
  expect(statePeriods(day, 0, 1_000)).toEqual([
    {kind: 'starting', fromMs: 100, toMs: 200},
    {kind: 'serving', fromMs: 200, toMs: 500},
    {kind: 'failed', fromMs: 500, toMs: 520},
    {kind: 'starting', fromMs: 520, toMs: 600},
    {kind: 'serving', fromMs: 600, toMs: 910},
    {kind: 'down', fromMs: 910, toMs: 1_000},
  ]);
  expect(timeByKind(statePeriods(day, 0, 1_000))).toEqual({
    serving: 610,
    degraded: 0,
    starting: 180,
    down: 90,
    failed: 20,
  });
});

test('a window begins with what the engine was then, and ends with what it is', () => {
  expect(statePeriods(day, 300, 400)).toEqual([{kind: 'serving', fromMs: 300, toMs: 400}]);
  expect(statePeriods(day, 0, 50)).toEqual([]);
  expect(statePeriods([], 0, 50)).toEqual([]);
});
