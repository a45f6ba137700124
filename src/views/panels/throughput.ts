import type {HistorySeriesName} from '../../api/history.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {absent, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {perSecondText, tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {sparkline} from '../drawing/bars.ts';
import {type Fact, factRow, joinParts, padText, span} from '../drawing/compose.ts';
import {seriesCells} from '../drawing/series-cells.ts';
import {tokenQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {graphNote, spanText, windowText} from '../format/times.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {type HistoryPlot, hasPlot, historyPlot, historyPlots} from './history-plot.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

const LABEL_COLUMNS = 4;
const RATE_COLUMNS = 13;
const MIN_SPARK_COLUMNS = 8;
/** From so many rows on, there is a plot for each rate, and one for requests. */
const STACKED_FROM_ROWS = 16;
/** With fewer rows, a panel that says why nothing is known has no plot. */
const REASON_ROWS = 9;
/** A third of a panel with a plot is text. */
const ROWS_PER_TEXT = 3;
const TITLE = 'Throughput';

/**
 * Tokens per second, generated and read, with recent history; running and waiting requests. With room for a plot, what is
 * known comes first, and the plot takes what is left.
 */
export function throughputView(input: ViewInput): PanelView {
  const traffic = input.data.snapshot?.traffic;
  const fresh = freshnessNote(input, 'metrics');
  if (traffic === undefined) return panelOf(input, {title: TITLE, titleNote: fresh}, [noDataYet]);
  const isPlotted = hasPlot(input, input.rows - 1) && (input.rows >= REASON_ROWS || notServing(traffic) === null);
  const {rows, note} = isPlotted ? plottedRows(traffic, input) : shortRows(traffic, input);
  // The engine's own averages, used if its counters cannot be read.
  const isLogged = traffic.source === 'log';
  const titleNote = isLogged ? 'from the log' : fittingNote(input, TITLE, [note], fresh);
  return panelOf(input, {title: TITLE, titleNote}, rows);
}

type Content = {readonly rows: readonly Row[]; readonly note: string};

/** Without room for a plot: a line of steps for each rate. */
function shortRows(traffic: Snapshot['traffic'], input: ViewInput): Content {
  const outRow = rateRow('out', traffic.generationTokensPerSecond, 'generationTokensPerSecond', input);
  const inRow = rateRow('in', traffic.promptTokensPerSecond, 'promptTokensPerSecond', input);
  const {cachedPromptTokensPerSecond} = traffic;
  const cached = {label: 'cached prompt', value: shown(cachedPromptTokensPerSecond, input.glyphs, tokensPerSecondText)};
  const [requests = [], ...more] = factRows(traffic, input, [cached]);
  return {
    rows: input.rows === 2 ? [outRow, requests, ...more] : [outRow, inRow, requests, ...more],
    note: windowNote(input),
  };
}

function plottedRows(traffic: Snapshot['traffic'], input: ViewInput): Content {
  const {columns, rows, glyphs} = input;
  const rates = factRow(
    [
      {label: 'out', value: shown(traffic.generationTokensPerSecond, glyphs, tokensPerSecondText)},
      {label: 'in', value: shown(traffic.promptTokensPerSecond, glyphs, tokensPerSecondText)},
      {label: 'cached', value: shown(traffic.cachedPromptTokensPerSecond, glyphs, tokensPerSecondText)},
    ],
    columns,
    glyphs,
  );
  const texts = [rates, ...factRows(traffic, input, [])].slice(0, Math.max(1, Math.floor(rows / ROWS_PER_TEXT)));
  const left = rows - texts.length;
  const note = windowText(traffic.windowMs);
  if (left >= STACKED_FROM_ROWS) return {rows: [...texts, ...historyPlots(input, throughputPlots, left)], note};
  const {rows: drawn, extremes} = historyPlot(input, throughputPlots[0], left);
  const long = extremes === '' ? note : `out ${extremes}, rates of ${spanText(traffic.windowMs)}`;
  return {rows: [...texts, ...drawn], note: fittingNote(input, TITLE, [long, `out ${extremes}`, note])};
}

/** Tokens generated and read, and requests. */
export const throughputPlots: readonly [HistoryPlot, ...HistoryPlot[]] = [
  {
    series: [{of: 'generationTokensPerSecond', name: 'out', tone: 'firstSeries'}],
    unit: 'tokensPerSecond',
  },
  {series: [{of: 'promptTokensPerSecond', name: 'in', tone: 'secondSeries'}], unit: 'tokensPerSecond'},
  {
    series: [
      {of: 'runningRequests', name: 'running', tone: 'thirdSeries'},
      {of: 'waitingRequests', name: 'waiting', tone: 'fourthSeries'},
    ],
    unit: 'count',
  },
];

/** Why nothing is known; null if something is. */
function notServing({runningRequests, generationTokensPerSecond: generated}: Snapshot['traffic']): string | null {
  return isAbsent(generated) && isAbsent(runningRequests) ? generated.absent : null;
}

/** Requests, why nothing is known, and less important values: those given and others. */
function factRows(traffic: Snapshot['traffic'], input: ViewInput, given: readonly Fact[]): readonly Row[] {
  const {columns, glyphs} = input;
  const reason = notServing(traffic);
  const reasonRows: Row[] = reason === null ? [] : [[span(reason, 'dim')]];
  const requests = factRow(requestFacts(traffic, input), columns, glyphs);
  const more = factRow(
    [...given, {label: 'finished since start', value: shown(traffic.finishedRequestsTotal, glyphs, finishedText)}],
    columns,
    glyphs,
  );
  const sizes = factRow(sizeFacts(traffic, input), columns, glyphs);
  return [requests, ...reasonRows, more, sizes];
}

/** Engine steps, and the sizes of the last minute's requests; values that are not exposed are omitted. */
function sizeFacts(traffic: Snapshot['traffic'], {data}: ViewInput): Fact[] {
  const sizes = data.snapshot?.requestSizes;
  const window = spanText(data.snapshot?.latency.windowMs ?? 0);
  // What is a rate does not stand after the window of the sizes.
  const facts: readonly (readonly [label: string, text: Reading<string>, importance: number])[] = [
    ['steps', mapReading(traffic.iterationsPerSecond, perSecondText), 2],
    ['drafts accepted', mapReading(traffic.draftAcceptanceRatio, wholePercentText), 1],
    [`${window} p50: prompt`, mapReading(sizes?.prompt.p50Tokens ?? NOT_READ, tokenQuantileText), 4],
    ['answer', mapReading(sizes?.generation.p50Tokens ?? NOT_READ, tokenQuantileText), 3],
  ];
  return facts.flatMap(([label, text, importance]) => (isAbsent(text) ? [] : [{label, value: text, importance}]));
}

const NOT_READ = absent('not read yet');

/** Waiting and preempted requests matter more than running ones. */
function requestFacts(traffic: Snapshot['traffic'], {glyphs}: ViewInput): Fact[] {
  const isWaiting = isPresent(traffic.waitingRequests) && traffic.waitingRequests > 0;
  const isPreempting = isPresent(traffic.preemptionsPerSecond) && traffic.preemptionsPerSecond > 0;
  return [
    {label: 'running', value: shown(traffic.runningRequests, glyphs, countText), importance: 4},
    {
      label: 'waiting',
      value: shown(traffic.waitingRequests, glyphs, countText),
      tone: isWaiting ? 'warning' : 'strong',
      importance: 3,
    },
    {label: 'requests', value: shown(traffic.requestsPerSecond, glyphs, perSecondText), importance: 1},
    {
      label: 'preemptions',
      value: shown(traffic.preemptionsPerSecond, glyphs, perSecondText),
      tone: isPreempting ? 'warning' : 'strong',
      importance: isPreempting ? 2 : 0,
    },
  ];
}

function rateRow(label: string, rate: Reading<number>, name: HistorySeriesName, input: ViewInput): Row {
  const {columns, glyphs} = input;
  const text = shown(rate, glyphs, tokensPerSecondText);
  const room = columns - LABEL_COLUMNS - RATE_COLUMNS - 1;
  if (room < MIN_SPARK_COLUMNS) {
    return joinParts(
      [
        {row: [span(label, 'dim')], importance: 0},
        {row: [span(text, 'strong')], importance: 1},
      ],
      columns,
      glyphs,
    );
  }
  return [
    span(padText(label, LABEL_COLUMNS), 'dim'),
    span(padText(text, RATE_COLUMNS, 'left'), 'strong'),
    span(` ${sparkline(seriesCells(input, name, room).values, room, glyphs)}`, 'accent'),
  ];
}

function finishedText(byReason: Readonly<Record<string, number>>): string {
  return countText(Object.values(byReason).reduce((sum, count) => sum + count, 0));
}

/** The time that the rates are over, and how far back the graph goes: `last 10s, graph 59s`. */
function windowNote(input: ViewInput): string {
  const window = windowText(input.data.snapshot?.traffic.windowMs ?? 0);
  const room = input.columns - LABEL_COLUMNS - RATE_COLUMNS - 1;
  if (room < MIN_SPARK_COLUMNS) return window;
  const {spanMs} = seriesCells(input, 'generationTokensPerSecond', room);
  return fittingNote(input, TITLE, [graphNote(window, spanMs), window]);
}
