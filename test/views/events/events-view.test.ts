import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {eventActors} from '../../../src/api/event-schema.ts';
import {widthOf} from '../../../src/views/drawing/compose.ts';
import {eventsView} from '../../../src/views/events/events-view.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildEvents} from '../../support/build-events.ts';
import {textOf} from '../draw.ts';

const size = {columns: 78, rows: 20, offset: 0, glyphs: unicodeGlyphs, moreKey: 'PgDn'};

test('the newest event is first, under its day, with its actor, and problems as text', () => {
  const {view, maxOffset} = eventsView({...size, events: buildEvents()});
  expect(view.rows.map(textOf)).toEqual([
    '2026-11-23 UTC',
    expect.stringMatching(/^\d\d:\d\d:\d\d {2}engine {6}The engine is ready, 7 min after its start\.$/),
    expect.stringMatching(/ automatic {3}▲ warning Automatic restart 1 of 5 after a delay\./),
    expect.stringMatching(/^ {22}\S/),
    expect.stringMatching(/ engine {6}◆ CRITICAL The engine exited unexpectedly: exit status/),
    expect.stringMatching(/^ {22}\S/),
    expect.stringMatching(/^ {22}\S/),
    expect.stringMatching(/ host {8}▲ warning GPU 3/),
    expect.stringMatching(/^ {22}\S/),
    expect.stringMatching(/ engine {6}The engine is ready/),
    '2026-11-22 UTC',
    expect.stringMatching(/ supervisor {2}Engine process/),
    expect.stringMatching(/ operator {4}Checking before/),
    expect.stringMatching(/^ {22}\S/),
    expect.stringMatching(/ cli {9}Start of the engine/),
    expect.stringMatching(/^ {22}\S/),
  ]);
  expect([view.titleNote, maxOffset]).toEqual(['8 events, newest first', 0]);
});

test('scrolling reaches what does not fit, and no further', () => {
  const small = {...size, rows: 4, events: buildEvents()};
  const first = eventsView(small);
  expect([first.view.rows.length, first.view.titleNote]).toEqual([4, '8 events, newest first; PgDn for older']);
  const last = eventsView({...small, offset: 1_000});
  expect(textOf(last.view.rows.at(-1) ?? [])).toMatch(/^ {22}\S/);
  expect(last.view.titleNote).toBe('8 events, newest first');
});

test('it says that no events were read yet, and that there are none', () => {
  expect(eventsView({...size, events: null}).view.rows.map(textOf)).toEqual(['no events read yet']);
  expect(eventsView({...size, events: []}).view.rows.map(textOf)).toEqual(['no events yet']);
});

test('no row is wider than the screen, whatever the event', () => {
  const event = fc
    .record({
      atMs: fc.integer({min: 0, max: 4e12}),
      message: fc.string({unit: 'grapheme', maxLength: 300}),
      code: fc.string({maxLength: 60}),
      actor: fc.constantFrom(...eventActors),
      severity: fc.constantFrom('critical' as const, 'warning' as const, 'info' as const),
    })
    .map(buildEvent);
  fc.assert(
    fc.property(
      fc.array(event, {maxLength: 6}),
      fc.integer({min: 34, max: 200}),
      fc.boolean(),
      (events, columns, isAscii) => {
        const glyphs = isAscii ? asciiGlyphs : unicodeGlyphs;
        const {view} = eventsView({events, columns, rows: 10, offset: 0, glyphs, moreKey: 'PgDn'});
        expect(view.rows.length).toBeLessThanOrEqual(10);
        for (const row of view.rows) expect(widthOf(row)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});
