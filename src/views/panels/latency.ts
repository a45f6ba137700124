import type {LatencyView, Snapshot} from '../../api/snapshot.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {type Fact, factRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {latencyQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {windowText} from '../format/times.ts';
import type {PlotLimit} from '../plotting/plot-request.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {type HistoryPlot, hasPlot, historyPlot, LEAST_PLOT_ROWS} from './history-plot.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

const TITLE = 'Latency';
const FIRST_TOKEN = 'first token p50';
const LABEL_COLUMNS = 12;
const CELL_COLUMNS = 9;
/** The most important lines, for a panel of two rows or one with a plot. */
const SHORT_LINES = 4;

/** Quantiles of a histogram are estimates: a smaller difference is none. */
const NOTICED = 1.1;

type Column = {readonly name: string; readonly read: (view: LatencyView) => Reading<string>};

/** Columns in order of importance. */
const columnsByWorth: readonly Column[] = [
  {name: 'p50', read: (view) => mapReading(view.p50Ms, latencyQuantileText)},
  {name: 'p99', read: (view) => mapReading(view.p99Ms, latencyQuantileText)},
  {name: 'p90', read: (view) => mapReading(view.p90Ms, latencyQuantileText)},
  {name: 'mean', read: (view) => mapReading(view.meanMs, latencyText)},
];
const columnOrder = ['p50', 'p90', 'p99', 'mean'];

/** Time to first token, between tokens, end to end and in the queue, over the last minute. */
export function latencyView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = freshnessNote(input, 'metrics');
  if (snapshot === null) return panelOf(input, {title: TITLE, titleNote: fresh}, [noDataYet]);
  const {rows, plotted} = latencyRows(snapshot.latency, input);
  const window = windowText(snapshot.latency.windowMs);
  const ofPlot = `${window}, plot: ${FIRST_TOKEN}`;
  const notes = plotted === '' ? [window] : [`${ofPlot}, ${plotted}`, ofPlot, window];
  const note = fittingNote(input, TITLE, notes);
  return panelOf(input, {title: TITLE, titleNote: fresh === '' ? note : fresh}, rows);
}

/** The rows, and the extremes of their plot where no legend says what it is of. */
type Content = {readonly rows: readonly Row[]; readonly plotted: string};

function latencyRows(latency: Snapshot['latency'], input: ViewInput): Content {
  const {rows} = input;
  const end = [...otherRequestsRows(latency, input), ...reasonRow(latency)];
  const plotRows = hasPlot(input, rows - 1 - end.length - SHORT_LINES) ? LEAST_PLOT_ROWS : 0;
  // Prefill and decode are dropped for a plot.
  const written = tableRows(latency, {...input, rows: rows - plotRows});
  if (plotRows === 0) return {rows: written, plotted: ''};
  const {rows: drawn, extremes} = historyPlot(input, firstTokenPlot(input), rows - written.length);
  return {rows: [...written, ...drawn], plotted: extremes};
}

function tableRows(latency: Snapshot['latency'], input: ViewInput): Row[] {
  const {columns, rows, glyphs} = input;
  const lines: readonly (readonly [label: string, view: LatencyView])[] = [
    ['first token', latency.timeToFirstToken],
    ['inter-token', latency.interToken],
    ['end to end', latency.endToEnd],
    ['queue', latency.queue],
    ['prefill', latency.prefill],
    ['decode', latency.decode],
  ];
  const count = Math.floor((columns - LABEL_COLUMNS) / CELL_COLUMNS);
  if (rows < 3 || count < 1) {
    // Without a header line every value has a label.
    const short = lines.slice(0, SHORT_LINES);
    const facts = (name: string, read: (view: LatencyView) => Reading<Quantile>): Fact[] =>
      short.map(([label, view], index) => ({
        label: index === 0 || count < 1 ? `${name} ${label}` : label,
        value: shown(read(view), glyphs, latencyQuantileText),
      }));
    const p50 = facts('p50', (view) => view.p50Ms);
    const p99 = facts('p99', (view) => view.p99Ms);
    const other = otherRequestsRows(latency, input).slice(0, 1);
    if (count >= 1)
      return [factRow(p50, columns, glyphs), ...(other.length > 0 ? other : [factRow(p99, columns, glyphs)])];
    return p50.map((fact) => factRow([fact], columns, glyphs));
  }
  const kept = new Set(columnsByWorth.slice(0, count).map(({name}) => name));
  const shownColumns = columnOrder.flatMap((name) =>
    columnsByWorth.filter((column) => column.name === name && kept.has(name)),
  );
  const header: Row = [
    span(padText('', LABEL_COLUMNS), 'dim'),
    ...shownColumns.map(({name}) => span(padText(name, CELL_COLUMNS, 'left'), 'dim')),
  ];
  const table = lines.map(
    ([label, view]): Row => [
      span(padText(label, LABEL_COLUMNS), 'dim'),
      ...shownColumns.map(({read}, index) =>
        span(padText(shown(read(view), glyphs, String), CELL_COLUMNS, 'left'), index === 0 ? 'strong' : 'normal'),
      ),
    ],
  );
  const end = [...otherRequestsRows(latency, input), ...reasonRow(latency)];
  return [header, ...table.slice(0, Math.max(1, rows - 1 - end.length)), ...end];
}

/** The median of the first token; the target is for another quantile, but a median above it misses it by far. */
function firstTokenPlot({data}: ViewInput): HistoryPlot {
  return {
    series: [{of: 'timeToFirstTokenP50Ms', name: FIRST_TOKEN, tone: 'firstSeries'}],
    unit: 'milliseconds',
    limits: firstTokenLimits(data.snapshot),
  };
}

/** The target for the first token, if there is one. */
export function firstTokenLimits(snapshot: Snapshot | null): readonly PlotLimit[] {
  const key = 'findings.timeToFirstTokenSeconds';
  const target = snapshot?.configuration.values.find((row) => row.key === key)?.value;
  return typeof target === 'number' ? [{name: 'target', value: target * MS_PER_SECOND, tone: 'limit'}] : [];
}

/**
 * A part of a request's time shown as longer than the whole: after a burst the first tokens of many requests are counted
 * while the few that finished are shorter ones. Then it says how many each row is about; none otherwise.
 */
function otherRequestsRows(
  {timeToFirstToken, endToEnd, queue, prefill}: Snapshot['latency'],
  {columns, glyphs}: ViewInput,
): Row[] {
  const pairs = [
    ['first token', timeToFirstToken, 'end to end', endToEnd],
    ['queue', queue, 'first token', timeToFirstToken],
    ['prefill', prefill, 'first token', timeToFirstToken],
  ] as const;
  for (const [part, ofPart, whole, ofWhole] of pairs) {
    if (!isLongerThan(ofPart, ofWhole) || isAbsent(ofPart.count) || isAbsent(ofWhole.count)) continue;
    const counts = `${part} ${countText(ofPart.count)}, ${whole} ${countText(ofWhole.count)}`;
    return wrapText(`different requests (${counts})`, 'dim', columns, 2, glyphs);
  }
  return [];
}

/** True if a quantile or the mean, as shown, is above that of the other. */
function isLongerThan(one: LatencyView, other: LatencyView): boolean {
  const quantiles = [
    [one.p50Ms, other.p50Ms],
    [one.p90Ms, other.p90Ms],
    [one.p99Ms, other.p99Ms],
  ] as const;
  const isAbove = quantiles.some(
    ([a, b]) => isPresent(a) && isPresent(b) && a.kind !== 'below' && b.kind !== 'above' && a.value > NOTICED * b.value,
  );
  return isAbove || (isPresent(one.meanMs) && isPresent(other.meanMs) && one.meanMs > NOTICED * other.meanMs);
}

/** The common reason for absent values, shown once. */
function reasonRow({timeToFirstToken}: Snapshot['latency']): Row[] {
  const {p50Ms} = timeToFirstToken;
  return isAbsent(p50Ms) ? [[span(p50Ms.absent, 'dim')]] : [];
}
