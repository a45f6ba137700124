import {expect, test} from 'vitest';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

const ago = (ms: number, code: string, details = {}) => buildEvent({atMs: TEST_NOW_MS - ms, code, details});
const crashed = buildConsoleData({
  events: [
    ago(30 * MS_PER_HOUR, 'engine.ready'),
    ago(6 * MS_PER_HOUR, 'engine.exited', {wasRequested: false}),
    ago(6 * MS_PER_HOUR, 'engine.backing-off'),
    ago(6 * MS_PER_HOUR - MS_PER_MINUTE, 'engine.starting'),
    ago(6 * MS_PER_HOUR - MS_PER_MINUTE, 'engine.spawned'),
    ago(5 * MS_PER_HOUR, 'engine.ready'),
  ],
});
const size = {columns: 96, rows: 3};

test('a failure of a minute is seen in a day, with its marks, and how long each state was', () => {
  const picture = pictureOf('state-strip', crashed, size);
  expect(picture).toMatch(/^█{70,73}▚▒{3,4}█+$/m);
  expect(picture).toContain('×');
  expect(picture).toContain('█ serving 23h 00m');
  expect(picture).toContain('▒ starting 59m 00s');
  expect(picture).toContain('▚ failed 1m 00s');
  expect(picture).toContain('not serving 4 %');
  expect(picture).toContain('↻ 1 start');
  expect(picture).toContain('× 1 failure');
});

/** An engine that fails each minute of a day, four events a time, oldest first. */
const crashLoop = Array.from({length: 24 * 60}, (_, minute) => {
  const agoMs = 24 * MS_PER_HOUR - 1_000 - minute * MS_PER_MINUTE;
  return [
    ago(agoMs, 'engine.starting'),
    ago(agoMs, 'engine.spawned'),
    ago(agoMs - 30_000, 'engine.exited', {wasRequested: false}),
    ago(agoMs - 30_000, 'engine.backing-off'),
  ];
}).flat();

test('a crash loop of a whole day is failed in each cell, with every start and failure', () => {
  const looping = buildSnapshot({engine: {state: 'backing-off', readyAtMs: null}});
  const picture = pictureOf('state-strip', buildConsoleData({snapshot: looping, events: crashLoop}), size);
  expect(picture).toMatch(/^▚{96}$/m);
  expect(picture).toContain('not serving 100 %');
  expect(picture).toContain('↻ 1,440 starts');
  expect(picture).toContain('× 1,440 failures');
  expect(picture).toContain('starting 12h 00m');
});

test('where the engine changed its state more often than is kept, the title says since when it is known', () => {
  const stateEvents = {events: crashLoop.slice(-2_880), isCut: true};
  const title = (columns: number): string => {
    const {titleNote} = viewOf('state-strip', buildConsoleData({stateEvents}), {columns, rows: 3});
    return titleNote ?? '';
  };
  expect(title(96)).toBe('last 24 h, known since 00:00:01 UTC: too many events');
  const whole = {events: [ago(25 * MS_PER_HOUR, 'engine.ready')], isCut: true};
  expect(viewOf('state-strip', buildConsoleData({stateEvents: whole}), size).titleNote).toBe('last 24 h');
});

test('a larger panel lists the periods, the newest first', () => {
  const picture = pictureOf('state-strip', crashed, {columns: 96, rows: 10});
  expect(picture).toMatch(
    /2026-11-23 07:00:00 UTC {2}█ serving {3}5h 00m\n2026-11-23 06:01:00 UTC {2}▒ starting {2}59m 00s\n/,
  );
});

test('the states differ without color and in ASCII', () => {
  const picture = pictureOf('state-strip', crashed, size, {glyphs: asciiGlyphs});
  expect(picture).toMatch(/^#+!\++#+$/m);
});

test('an unknown time is blank, and without any event it says so', () => {
  const young = buildConsoleData({events: [ago(12 * MS_PER_HOUR, 'engine.ready')]});
  expect(pictureOf('state-strip', young, size)).toMatch(/^ {47,48}█{48,49}$/m);
  const unknown = buildSnapshot({engine: {state: 'stopped', readyAtMs: null, exit: null}});
  const empty = buildConsoleData({snapshot: unknown, events: []});
  expect(pictureOf('state-strip', empty, size)).toContain('no start recorded yet');
  expect(pictureOf('state-strip', buildConsoleData({events: null}), size)).toContain('no events read yet');
});

test('a serving engine is known by the snapshot, though only findings are left of its events', () => {
  const findings = [ago(MS_PER_HOUR, 'finding.appeared'), ago(MS_PER_MINUTE, 'finding.resolved')];
  expect(pictureOf('state-strip', buildConsoleData({events: findings}), size)).toContain('█ serving 2h 00m');
});

test('of an engine that was found ready it is not said since when, until that is known', () => {
  const textOf = (stateSinceMs: number | null) =>
    pictureOf('state-strip', buildConsoleData({snapshot: buildSnapshot({engine: {stateSinceMs}}), events: []}), size);
  expect(textOf(TEST_NOW_MS - MS_PER_HOUR)).toContain('█ serving 1h 00m');
  expect(textOf(null)).not.toContain('serving');
});

test('without a connection the time since the last snapshot is blank', () => {
  const takenAtMs = TEST_NOW_MS - 6 * MS_PER_HOUR;
  const lost = buildConsoleData({
    connection: {kind: 'lost', sinceMs: takenAtMs, reason: 'No supervisor answers.'},
    snapshot: buildSnapshot({takenAtMs}),
    events: [ago(12 * MS_PER_HOUR, 'engine.ready')],
  });
  const picture = pictureOf('state-strip', lost, size);
  expect(picture).toMatch(/^ {47,48}█{24,25} *$/m);
  expect(picture).toContain('█ serving 6h 00m');
});

test('the newest cell is what the engine is now, and not a start of some seconds before', () => {
  const restarted = buildConsoleData({
    events: [
      ago(30 * MS_PER_HOUR, 'engine.ready'),
      ago(50_000, 'engine.stopping'),
      ago(40_000, 'engine.starting'),
      ago(20_000, 'engine.ready'),
    ],
  });
  expect(pictureOf('state-strip', restarted, {columns: 80, rows: 3})).toMatch(/█$/m);
});

test.each([1, 7, 40, 96, 200])('no row is wider than %i columns', (columns) => {
  for (const row of viewOf('state-strip', crashed, {columns, rows: 3}).rows) {
    expect(row.reduce((sum, {text}) => sum + text.length, 0)).toBeLessThanOrEqual(columns);
  }
});
