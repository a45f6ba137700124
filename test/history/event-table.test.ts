import {DatabaseSync} from 'node:sqlite';
import * as fc from 'fast-check';
import {afterEach, expect, test} from 'vitest';
import type {NewEvent} from '../../src/api/event-schema.ts';
import {engineStateSchema} from '../../src/domain/lifecycle/phases.ts';
import {statePeriods} from '../../src/domain/lifecycle/starts/state-periods.ts';
import {insertEvent, selectEvents} from '../../src/history/event-table.ts';
import {type HistoryStore, openHistory} from '../../src/history/open-history.ts';
import {createTables} from '../../src/history/schema.ts';
import {buildEvent} from '../support/build-event.ts';

const MAX = 10_000;
let history: HistoryStore | null = null;

afterEach(() => {
  history?.close();
  history = null;
});

function kept(events: readonly Partial<NewEvent>[]): HistoryStore {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  history = opened.value;
  for (const event of events) history.recordEvent(buildEvent(event));
  return opened.value;
}

test('the states of the engine are found among thousands of other events', () => {
  const store = kept([
    {atMs: 1, code: 'engine.starting'},
    {atMs: 2, code: 'engine.ready'},
    ...Array.from({length: 6_000}, (_, index) => ({
      atMs: 10 + index,
      code: index === 3_000 ? 'engine.degraded' : 'finding.appeared',
    })),
  ]);
  const codes = (sinceMs: number, limit = MAX) =>
    store.readEvents({kind: 'state', sinceMs, limit}).map(({atMs, code}) => `${atMs} ${code}`);
  expect(codes(0)).toEqual(['1 engine.starting', '2 engine.ready', '3010 engine.degraded']);
  expect(codes(100), 'what it was at that time').toEqual(['2 engine.ready', '3010 engine.degraded']);
  expect(codes(5_000)).toEqual(['3010 engine.degraded']);
  expect(codes(0, 1)).toEqual(['3010 engine.degraded']);
  expect(store.readEvents({sinceMs: 0, limit: 500}).some(({code}) => code === 'engine.degraded')).toBe(false);
});

test('the last event before a supervisor started is among them, of whatever kind', () => {
  const store = kept([
    {atMs: 1, code: 'engine.ready'},
    {atMs: 5, code: 'finding.appeared'},
    {atMs: 7, code: 'finding.resolved'},
    {atMs: 20, code: 'supervisor.started'},
    {atMs: 21, code: 'engine.stopped'},
    {atMs: 30, code: 'enginex'},
  ]);
  const ids = store.readEvents({kind: 'state', sinceMs: 0, limit: MAX}).map(({id}) => id);
  expect(ids).toEqual([1, 3, 4, 5]);
  expect(kept([{atMs: 1, code: 'finding.appeared'}]).readEvents({kind: 'state', sinceMs: 0, limit: MAX})).toEqual([]);
});

test('an exit that nobody requested is the last change of state before a time, and a requested one is none', () => {
  const exited = (atMs: number, wasRequested: boolean) => ({atMs, code: 'engine.exited', details: {wasRequested}});
  const store = kept([
    {atMs: 1, code: 'engine.ready'},
    exited(2, false),
    {atMs: 3, code: 'engine.stopping'},
    exited(4, true),
    {atMs: 5, code: 'finding.appeared'},
  ]);
  const ids = (sinceMs: number) => store.readEvents({kind: 'state', sinceMs, limit: MAX}).map(({id}) => id);
  expect([ids(3), ids(10)]).toEqual([
    [2, 3, 4],
    [3, 4],
  ]);
});

test('what the engine was in a time follows from them as from all events', () => {
  const states = engineStateSchema.options.map((state) => `engine.${state}`);
  const codes = [
    ...states,
    'engine.spawned',
    'engine.adopted',
    'engine.exited',
    'supervisor.started',
    'finding.appeared',
  ];
  const database = new DatabaseSync(':memory:');
  createTables(database);
  const anyEvent = fc.record({
    afterMs: fc.integer({min: 0, max: 20}),
    code: fc.constantFrom(...codes),
    exitedAgoMs: fc.option(fc.integer({min: 0, max: 30})),
  });
  fc.assert(
    fc.property(fc.array(anyEvent, {maxLength: 40}), fc.double({min: 0, max: 1, noNaN: true}), (drawn, part) => {
      let atMs = 100;
      database.exec('DELETE FROM events');
      for (const {afterMs, code, exitedAgoMs} of drawn) {
        atMs += afterMs;
        const exit = exitedAgoMs === null ? {} : {exitedAtMs: atMs - exitedAgoMs};
        const details = code === 'engine.exited' ? {wasRequested: false, ...exit} : {};
        insertEvent(database, buildEvent({atMs, code, details}));
      }
      const window = {fromMs: Math.round(100 + (atMs - 100) * part), toMs: atMs + 50, present: null};
      const of = (query: {readonly kind?: 'state'; readonly sinceMs: number}) =>
        statePeriods(selectEvents(database, {...query, limit: MAX}), window);
      expect(of({kind: 'state', sinceMs: window.fromMs})).toEqual(of({sinceMs: 0}));
    }),
  );
  database.close();
});
