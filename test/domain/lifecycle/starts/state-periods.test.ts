import {expect, test} from 'vitest';
import {
  type PresentState,
  statePeriods as periodsOf,
  type StateEvent,
  timeByKind,
} from '../../../../src/domain/lifecycle/starts/state-periods.ts';

const at = (atMs: number, code: string, details: StateEvent['details'] = {}) => ({atMs, code, details});
const statePeriods = (
  events: readonly StateEvent[],
  fromMs: number,
  toMs: number,
  present: PresentState | null = null,
) => periodsOf(events, {fromMs, toMs, present});
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

const whileDown = (exitedAtMs: number | null) => [
  at(100, 'engine.ready'),
  at(300, 'finding.resolved'),
  at(900, 'supervisor.started'),
  at(901, 'engine.exited', {wasRequested: false, exitedAtMs}),
  at(902, 'engine.failed'),
];

test('a failure begins when the process exited, not when a later supervisor reported it', () => {
  expect(statePeriods(whileDown(350), 0, 1_000)).toEqual([
    {kind: 'serving', fromMs: 100, toMs: 350},
    {kind: 'failed', fromMs: 350, toMs: 1_000},
  ]);
  const late = [at(100, 'engine.ready'), at(360, 'engine.degraded'), ...whileDown(350).slice(2)];
  expect(statePeriods(late, 0, 1_000)).toEqual(statePeriods(whileDown(350), 0, 1_000));
});

test('after an exit at an unknown time, nothing is known since the last event of the supervisor before', () => {
  expect(statePeriods(whileDown(null), 0, 1_000)).toEqual([
    {kind: 'serving', fromMs: 100, toMs: 300},
    {kind: 'failed', fromMs: 901, toMs: 1_000},
  ]);
  const startedAnew = [...whileDown(null).slice(0, 3), at(950, 'engine.preflight')];
  expect(statePeriods(startedAnew, 0, 1_000)).toEqual([
    {kind: 'serving', fromMs: 100, toMs: 300},
    {kind: 'starting', fromMs: 950, toMs: 1_000},
  ]);
});

test('an engine that the next supervisor finds running served all the time, and a stopped one stayed stopped', () => {
  const adopted = [at(100, 'engine.ready'), at(900, 'supervisor.started'), at(901, 'engine.adopted')];
  expect(statePeriods(adopted, 0, 1_000)).toEqual([{kind: 'serving', fromMs: 100, toMs: 1_000}]);
  const seen = [...adopted, at(950, 'engine.exited', {wasRequested: false, exitedAtMs: null})];
  expect(statePeriods(seen, 0, 1_000)[0]).toEqual({kind: 'serving', fromMs: 100, toMs: 950});
  const stopped = [at(100, 'engine.stopped'), at(900, 'supervisor.started'), at(901, 'engine.preflight')];
  expect(statePeriods(stopped, 0, 1_000)[0]).toEqual({kind: 'down', fromMs: 100, toMs: 901});
});

test('what the engine is now fills in for an event that was not read', () => {
  const findings = [at(400, 'finding.appeared'), at(500, 'finding.resolved')];
  expect(statePeriods(findings, 0, 1_000, {state: 'ready', sinceMs: 200})).toEqual([
    {kind: 'serving', fromMs: 200, toMs: 1_000},
  ]);
  expect(statePeriods(findings, 0, 1_000, {state: 'degraded', sinceMs: null})).toEqual([]);
  expect(statePeriods(day, 300, 800, {state: 'ready', sinceMs: 600})).toEqual(statePeriods(day, 300, 800));
  expect(statePeriods(day.slice(0, 4), 300, 800, {state: 'failed', sinceMs: 700})).toEqual([
    {kind: 'serving', fromMs: 300, toMs: 700},
    {kind: 'failed', fromMs: 700, toMs: 800},
  ]);
});
