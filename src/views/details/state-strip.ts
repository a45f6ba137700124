import type {Event} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {
  type PeriodKind,
  type PresentState,
  periodKinds,
  type StatePeriod,
  statePeriods,
  timeByKind,
} from '../../domain/lifecycle/starts/state-periods.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {utcText, utcTimeText} from '../../shared/quantities/moments.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {MS_PER_DAY} from '../../shared/units.ts';
import {joinParts, type Part, padText, span} from '../drawing/compose.ts';
import {eventMarks} from '../events/event-marks.ts';
import {stateSinceMsOf} from '../format/state-times.ts';
import type {GlyphSet} from '../glyphs.ts';
import {connectionNote} from '../panels/freshness.ts';
import {panelOf} from '../panels/panel-of.ts';
import {columnOf, type TimeColumns, timeColumns, timeTicks} from '../plotting/time-axis.ts';
import type {PanelView, Row, Span, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const TITLE = 'State';
const WORD_COLUMNS = 9;
const WINDOW_MS = MS_PER_DAY;
/** Of two states in one cell, the first one here is drawn: a short outage is seen. */
const byWeight: readonly PeriodKind[] = ['failed', 'down', 'starting', 'degraded', 'serving'];

type Look = {readonly glyph: string; readonly tone: Tone; readonly word: string};

function lookOf(kind: PeriodKind, glyphs: GlyphSet): Look {
  switch (kind) {
    case 'serving':
      return {glyph: glyphs.barFull, tone: 'ok', word: 'serving'};
    case 'degraded':
      return {glyph: glyphs.barKvCache, tone: 'warning', word: 'degraded'};
    case 'starting':
      return {glyph: glyphs.barOverhead, tone: 'accent', word: 'starting'};
    case 'down':
      return {glyph: glyphs.barEmpty, tone: 'dim', word: 'stopped'};
    case 'failed':
      return {glyph: glyphs.barBeyond, tone: 'critical', word: 'failed'};
  }
}

/** What the engine was over the last day as a strip, with starts and failures, and how long it was each. */
export function stateStripView(input: ViewInput): PanelView {
  const {nowMs, columns, glyphs} = input;
  const {stateEvents} = input.data;
  const head = {title: TITLE, titleNote: titleNote(input)};
  if (stateEvents === null) return panelOf(input, head, [[span('no events read yet', 'dim')]]);
  const {events} = stateEvents;
  const present = input.data.snapshot === null ? null : presentOf(input.data.snapshot);
  const periods = statePeriods(events, {fromMs: nowMs - WINDOW_MS, toMs: knownUntilMs(input), present});
  if (periods.length === 0) return panelOf(input, head, [[span('no start recorded yet', 'dim')]]);
  const window = {lengthMs: WINDOW_MS, backMs: 0};
  const time = timeColumns(window, nowMs, columns);
  const totals = joinParts(totalParts(periods, events, input), columns, glyphs);
  return panelOf(input, head, [
    stripRow(periods, time, input),
    timeRow(time, events, glyphs, timeTicks(window, time)),
    totals,
    ...periodRows(periods, glyphs),
  ]);
}

/** Where the engine changed its state more often than is kept, the strip is blank before the first event, and this says why. */
function titleNote(input: ViewInput): string {
  const fresh = connectionNote(input);
  if (fresh !== '') return fresh;
  const {stateEvents} = input.data;
  const first = stateEvents?.isCut === true ? stateEvents.events[0] : undefined;
  if (first === undefined || first.atMs <= input.nowMs - WINDOW_MS) return 'last 24 h';
  return `last 24 h, known since ${utcTimeText(first.atMs)}: too many events`;
}

/** Of the time since the last snapshot nothing is known while none arrives. */
function knownUntilMs(input: ViewInput): number {
  const {snapshot} = input.data;
  return snapshot === null || connectionNote(input) === '' ? input.nowMs : snapshot.takenAtMs;
}

function presentOf({engine}: Snapshot): PresentState {
  return {state: engine.state, sinceMs: stateSinceMsOf(engine)};
}

/** Where there is room: the periods, newest first. */
function periodRows(periods: readonly StatePeriod[], glyphs: GlyphSet): Row[] {
  return periods.toReversed().map(({kind, fromMs, toMs}) => {
    const {glyph, tone, word} = lookOf(kind, glyphs);
    const state = padText(word, WORD_COLUMNS);
    return [
      span(`${utcText(fromMs)}  `, 'dim'),
      span(glyph, tone),
      span(` ${state} `),
      span(durationText(toMs - fromMs), 'strong'),
    ];
  });
}

function stripRow(periods: readonly StatePeriod[], time: TimeColumns, {nowMs, glyphs}: ViewInput): Row {
  const cells: (PeriodKind | null)[] = Array.from({length: time.columns}, () => null);
  for (const {kind, fromMs, toMs} of periods) {
    const last = Math.min(time.columns - 1, columnOf(toMs - 1, time));
    for (let column = Math.max(0, columnOf(fromMs, time)); column <= last; column += 1) {
      const known = cells[column] ?? null;
      if (known === null || byWeight.indexOf(kind) < byWeight.indexOf(known)) cells[column] = kind;
    }
  }
  // The newest cell is read as what the engine is now.
  const newest = periods.at(-1);
  if (newest?.toMs === nowMs) cells[time.columns - 1] = newest.kind;
  const row: {text: string; tone: Tone}[] = [];
  for (const kind of cells) {
    const {glyph, tone} = kind === null ? {glyph: ' ', tone: 'dim' as const} : lookOf(kind, glyphs);
    const last = row.at(-1);
    if (last?.tone === tone) last.text += glyph;
    else row.push({text: glyph, tone});
  }
  return row;
}

/** The times, and over them each start and each failure; of both in one cell the failure. */
function timeRow(
  time: TimeColumns,
  events: readonly Event[],
  glyphs: GlyphSet,
  ticks: ReturnType<typeof timeTicks>,
): Row {
  const cells: Span[] = Array.from({length: time.columns}, () => span(glyphs.plot.timeAxis, 'dim'));
  for (const {column, text} of ticks) {
    const named = `${glyphs.plot.timeTick} ${text} `;
    if (column + named.length > time.columns) continue;
    for (const [place, character] of [...named].entries()) cells[column + place] = span(character, 'dim');
  }
  const {start, failure} = glyphs.plot;
  const marks = eventMarks(events).toSorted((a, b) => Number(a.kind === 'failure') - Number(b.kind === 'failure'));
  for (const {atMs, kind} of marks) {
    const column = columnOf(atMs, time);
    if (column < 0 || column >= time.columns) continue;
    cells[column] = kind === 'failure' ? span(failure, 'critical') : span(start, 'strong');
  }
  return cells;
}

function totalParts(periods: readonly StatePeriod[], events: readonly Event[], {nowMs, glyphs}: ViewInput): Part[] {
  const sums = timeByKind(periods);
  const known = periodKinds.reduce((sum, kind) => sum + sums[kind], 0);
  const marks = eventMarks(events).filter(({atMs}) => atMs > nowMs - WINDOW_MS);
  const count = (kind: 'start' | 'failure'): number => marks.filter((mark) => mark.kind === kind).length;
  const {start, failure} = glyphs.plot;
  const lost = sums.starting + sums.down + sums.failed;
  return [
    ...periodKinds.flatMap((kind): Part[] => {
      const {glyph, tone, word} = lookOf(kind, glyphs);
      if (sums[kind] === 0) return [];
      return [
        {
          row: [span(glyph, tone), span(` ${word} `, 'dim'), span(durationText(sums[kind]), 'strong')],
          importance: 10 - byWeight.indexOf(kind),
        },
      ];
    }),
    {
      row: [span('not serving ', 'dim'), span(wholePercentText(lost / known), lost === 0 ? 'strong' : 'warning')],
      importance: 9,
    },
    markPart(start, countedText(count('start'), 'start'), 'strong', 2),
    markPart(failure, countedText(count('failure'), 'failure'), count('failure') > 0 ? 'critical' : 'strong', 3),
  ];
}

function markPart(glyph: string, text: string, tone: Tone, importance: number): Part {
  return {row: [span(`${glyph} `, tone), span(text, tone)], importance};
}
