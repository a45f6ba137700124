import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {eventActors} from '../../../src/api/event-schema.ts';
import {widthOf} from '../../../src/views/drawing/compose.ts';
import {type EventsViewInput, eventsView} from '../../../src/views/events/events-view.ts';
import {everyEvent} from '../../../src/views/events/shown-events.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

const size = {
  columns: 78,
  rows: 20,
  offset: 0,
  chosen: null,
  above: 0,
  isOpen: false,
  typed: null,
  filter: everyEvent,
  snapshot: null,
  nowMs: TEST_NOW_MS,
  glyphs: unicodeGlyphs,
  moreKey: 'PgDn',
  openKey: 'Enter',
};
const rowsOf = (input: Partial<EventsViewInput>) =>
  eventsView({...size, events: buildEvents(), ...input}).view.rows.map(textOf);

test('the newest event is first and chosen, under its day, with its actor, and problems as text', () => {
  const {view, chosen} = eventsView({...size, events: buildEvents()});
  expect(view.rows.map(textOf)).toEqual([
    '2026-11-23 UTC',
    expect.stringMatching(/^> \d\d:\d\d:\d\d {2}engine {6}The engine is ready, 7 min after its start\.$/),
    expect.stringMatching(/^ {2}.* automatic {3}▲ warning Automatic restart 1 of 5 after a delay\./),
    expect.stringMatching(/^ {24}\S/),
    expect.stringMatching(/^ {24}\S/),
    expect.stringMatching(/ engine {6}◆ CRITICAL The engine exited unexpectedly: exit status/),
    expect.stringMatching(/^ {24}\S/),
    expect.stringMatching(/^ {24}\S/),
    expect.stringMatching(/ host {8}▲ warning GPU 3/),
    expect.stringMatching(/^ {24}\S/),
    expect.stringMatching(/ engine {6}The engine is ready/),
    '2026-11-22 UTC',
    expect.stringMatching(/ supervisor {2}Engine process/),
    expect.stringMatching(/ operator {4}Checking before/),
    expect.stringMatching(/^ {24}\S/),
    expect.stringMatching(/ cli {9}Start of the engine/),
    expect.stringMatching(/^ {24}\S/),
  ]);
  expect([view.titleNote, chosen?.id]).toEqual(['8 events, newest first; Enter for details', 8]);
});

test('the chosen event is on the screen, whatever its place, and the title has its number', () => {
  for (const id of [1, 3, 6, 8]) {
    const {view} = eventsView({...size, rows: 5, events: buildEvents(), chosen: id});
    expect(
      view.rows.filter((row) => textOf(row).startsWith('> ')),
      String(id),
    ).toHaveLength(1);
    expect(view.titleNote).toContain(`${9 - id} of 8`);
  }
  expect(eventsView({...size, rows: 5, events: buildEvents()}).view.titleNote).toContain('; PgDn for older');
});

test('a filter shows what passes it, and the title names it', () => {
  const warnings = rowsOf({filter: {level: 'warning', text: ''}}).filter((row) => /warning|CRITICAL/.test(row));
  expect(warnings).toHaveLength(3);
  expect(rowsOf({filter: {level: 'critical', text: ''}}).filter((row) => /^[> ] \d\d:/.test(row))).toHaveLength(1);
  expect(rowsOf({filter: {level: null, text: 'PID 42'}}).join()).toContain('Engine process');
  expect(rowsOf({filter: {level: null, text: 'nothing has this'}})).toEqual(['no event passes the filter']);
  const {view} = eventsView({...size, events: buildEvents(), filter: {level: 'warning', text: 'gpu'}});
  expect(view.titleNote).toBe('only warnings and critical, only /gpu, 3 of 8 events');
});

test('an event that the end of the list cuts has an ellipsis there, and none where it is whole', () => {
  expect(rowsOf({rows: 3})[2]).toMatch(/^ {2}.* automatic .*…$/);
  expect(rowsOf({rows: 5})[4]).toMatch(/\.$/);
});

test('an event in full has its remedy, cause, end, evidence and data below the list', () => {
  const cause = buildFinding({code: 'gpu.lost', message: 'GPU 3 has fallen off the bus.'});
  const finding = buildFinding({
    code: 'engine.no-peer',
    evidence: 'RuntimeError: a peer is missing',
    remedy: 'Replace it.',
  });
  const details = {finding: 'engine.no-peer', index: 3, explainedBy: 'gpu.lost', remedy: 'Replace it.'};
  const events = [
    buildEvent({
      id: 1,
      atMs: TEST_NOW_MS - 60_000,
      code: 'finding.appeared',
      severity: 'critical',
      message: 'A peer is missing.',
      details,
    }),
    buildEvent({
      id: 2,
      atMs: TEST_NOW_MS,
      code: 'finding.resolved',
      message: 'Resolved: another one.',
      details: {...details, index: 4, lastedMs: 60_000},
    }),
    buildEvent({
      id: 3,
      atMs: TEST_NOW_MS,
      code: 'finding.resolved',
      message: 'Resolved: a peer is missing.',
      details: {...details, lastedMs: 60_000},
    }),
  ];
  const snapshot = buildSnapshot({findings: [cause, finding]});
  const rows = rowsOf({events, snapshot, chosen: 1, isOpen: true, rows: 30});
  expect(rows.slice(0, 5).join('\n')).toContain('> ');
  expect(rows.slice(5)).toEqual([
    '◆ critical',
    'A peer is missing.',
    '',
    'what to do  Replace it.',
    'caused by   GPU 3 has fallen off the bus.',
    expect.stringMatching(/^then {8}2026.* UTC: Resolved: a peer is missing\.$/),
    'evidence    RuntimeError: a peer is missing',
    expect.stringMatching(/^when {8}2026-.* UTC, 1m 00s ago$/),
    'by          engine',
    'code        finding.appeared',
    'data        finding: engine.no-peer',
    '            index: 3',
  ]);
  expect(rowsOf({events, snapshot, chosen: 3, isOpen: true, rows: 30}).at(-1)).toBe('            lasted: 1m 00s');
});

test('who asked is shown with client and terminal, a change with both values, and the end of a command', () => {
  const events = [
    buildEvent({
      id: 5,
      actor: 'operator',
      code: 'command.accepted',
      details: {client: 'console', terminal: 'op@pts/3', command: 'restart'},
    }),
    buildEvent({id: 6, code: 'command.done', message: 'Restarted.', details: {commandId: 5, tookMs: 90_000}}),
    buildEvent({id: 7, code: 'settings.changed', details: {contextLengthTokens: {from: 262_144, to: null}}}),
  ];
  const ofCommand = rowsOf({events, chosen: 5, isOpen: true, rows: 40}).join('\n');
  expect(ofCommand).toContain('by          operator, console on op@pts/3');
  expect(ofCommand).toMatch(/then {8}.*: Restarted\./);
  const ofChange = rowsOf({events, chosen: 7, isOpen: true, rows: 40}).join('\n');
  expect(ofChange).toContain('data        contextLengthTokens: from 262144, to not set');
});

test('an event that is longer than the window scrolls below the list', () => {
  const input = {...size, rows: 12, events: buildEvents(), chosen: 6, isOpen: true};
  const {maxOffset, page, view} = eventsView(input);
  expect([maxOffset > 0, page]).toEqual([true, 6]);
  expect(view.titleNote).toContain('PgDn for more');
  const last = eventsView({...input, offset: 100}).view;
  expect(textOf(last.rows.at(-1) ?? [])).toContain('wasRequested: false');
  expect(last.titleNote).not.toContain('PgDn');
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
      fc.record({
        rows: fc.integer({min: 1, max: 40}),
        isOpen: fc.boolean(),
        chosen: fc.option(fc.integer({min: 0, max: 6})),
        typed: fc.option(fc.string({unit: 'grapheme', maxLength: 100})),
      }),
      (drawn, columns, isAscii, {rows, isOpen, chosen, typed}) => {
        const events = drawn.map((one, id) => ({...one, id}));
        const glyphs = isAscii ? asciiGlyphs : unicodeGlyphs;
        const {view} = eventsView({...size, events, columns, rows, isOpen, chosen, typed, glyphs});
        expect(view.rows.length).toBeLessThanOrEqual(rows);
        for (const row of view.rows) expect(widthOf(row)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});
