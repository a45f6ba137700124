import type {LatencyView} from '../../api/latency/latency-schemas.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {latencyLimitText, latencyText} from '../../shared/quantities/durations.ts';
import {absentLatencies, absentRow, type LatencyName, latencyLabels} from '../details/absent-latencies.ts';
import {latencyWindowView} from '../details/latency-window.ts';
import {windowLatenciesView} from '../details/window-latencies.ts';
import {type Fact, factRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {latencyQuantileText, shareText} from '../format/quantiles.ts';
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
/** A column only where a target is set: `~91 % in 2 s`. */
const TARGET = 'within target';
const TARGET_COLUMNS = 17;
const LABEL_COLUMNS = 12;
const CELL_COLUMNS = 9;
/** The most important lines, for a panel of two rows or one with a plot. */
const SHORT_LINES = 4;

/** The histograms of vLLM and SGLang and the timings of llama-server begin with the first token, one of thinking too. */
const ANSWER_NOTE = ' not measured: thinking counts too';

/** Quantiles of a histogram are estimates: a smaller difference is none. */
const NOTICED = 1.1;

type Column = {
  readonly name: string;
  readonly columns: number;
  readonly read: (view: LatencyView) => Reading<string>;
};

/** Columns in order of importance. */
const columnsByWorth: readonly Column[] = [
  {name: 'p50', columns: CELL_COLUMNS, read: (view) => mapReading(view.p50Ms, latencyQuantileText)},
  {name: 'p99', columns: CELL_COLUMNS, read: (view) => mapReading(view.p99Ms, latencyQuantileText)},
  {name: TARGET, columns: TARGET_COLUMNS, read: ({target}) => (target === null ? '' : targetText(target))},
  {name: 'p95', columns: CELL_COLUMNS, read: (view) => mapReading(view.p95Ms, latencyQuantileText)},
  {name: 'mean', columns: CELL_COLUMNS, read: (view) => mapReading(view.meanMs, latencyText)},
];
const columnOrder = ['p50', 'p95', 'p99', 'mean', TARGET];

/** Time to first token, between tokens, end to end and in the queue, over the last minute. */
export function latencyView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = freshnessNote(input, 'metrics');
  if (snapshot === null) return panelOf(input, {title: TITLE, titleNote: fresh}, [noDataYet]);
  if (input.requests) return windowLatenciesView(input, input.requests);
  if (input.window) return latencyWindowView(input, input.window);
  const {rows, plotted} = latencyRows(snapshot.latency, input);
  const window = windowText(snapshot.latency.windowMs);
  const ofPlot = `${window}, plot: ${FIRST_TOKEN}`;
  const notes = plotted === '' ? [window] : [`${ofPlot}, ${plotted}`, ofPlot, window];
  return panelOf(input, {title: TITLE, titleNote: fittingNote(input, TITLE, notes, fresh)}, rows);
}

/** The rows, and the extremes of their plot where no legend says what it is of. */
type Content = {readonly rows: readonly Row[]; readonly plotted: string};

function latencyRows(latency: Snapshot['latency'], input: ViewInput): Content {
  const {rows} = input;
  const end = [...otherRequestsRows(latency, input), ...reasonRow(latency)];
  const plotRows = hasPlot(input, rows - 1 - end.length - SHORT_LINES) ? LEAST_PLOT_ROWS : 0;
  // Prefill and decode are dropped for a plot.
  const written = tableRows(latency, {...input, rows: rows - plotRows});
  if (plotRows === 0) return {rows: [...written, ...answerRow(latency, input, rows - written.length)], plotted: ''};
  const {rows: drawn, extremes} = historyPlot(input, firstTokenPlot(input), rows - written.length);
  return {rows: [...written, ...drawn], plotted: extremes};
}

/** Where there is room for it: engines count the first token of any kind. */
function answerRow({timeToFirstToken}: Snapshot['latency'], {columns, glyphs, keyOf}: ViewInput, left: number): Row[] {
  if (left <= 0 || isAbsent(timeToFirstToken.p50Ms) || keyOf === null || columns < LABEL_COLUMNS + ANSWER_NOTE.length)
    return [];
  return [[span(padText('first answer', LABEL_COLUMNS + 1), 'dim'), span(glyphs.dash), span(ANSWER_NOTE, 'dim')]];
}

function tableRows(latency: Snapshot['latency'], input: ViewInput): Row[] {
  const {columns, rows, glyphs} = input;
  const lines = latencyLabels.map(([label, name]) => [label, latency[name], name] as const);
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
  const shownColumns = chosenColumns(
    columns - LABEL_COLUMNS,
    lines.map(([, view]) => view),
  );
  const header: Row = [
    span(padText('', LABEL_COLUMNS), 'dim'),
    ...shownColumns.map(({name, columns: width}) => span(padText(name, width, 'left'), 'dim')),
  ];
  const reasons = absentLatencies(latency, latency).own;
  const table = lines.map(([label, view, name]): Row => {
    const reason = reasons[name];
    if (reason !== undefined) return absentRow(padText(label, LABEL_COLUMNS), reason, glyphs);
    return [
      span(padText(label, LABEL_COLUMNS), 'dim'),
      ...shownColumns.map(({read, columns: width}, index) =>
        span(padText(shown(read(view), glyphs, String), width, 'left'), index === 0 ? 'strong' : 'normal'),
      ),
    ];
  });
  const end = [...otherRequestsRows(latency, input), ...reasonRow(latency)];
  return [header, ...table.slice(0, Math.max(1, rows - 1 - end.length)), ...end];
}

/** The columns that there is room for, the most important ones, in their order. */
function chosenColumns(room: number, lines: readonly LatencyView[]): readonly Column[] {
  const hasTarget = lines.some(({target}) => target !== null);
  let left = room;
  const kept = columnsByWorth.filter(({name, columns}) => {
    if (columns > left || (name === TARGET && !hasTarget)) return false;
    left -= columns;
    return true;
  });
  return columnOrder.flatMap((name) => kept.filter((column) => column.name === name));
}

/** `~91 % in 2 s`. */
function targetText({ms, withinRatio}: NonNullable<LatencyView['target']>): Reading<string> {
  return mapReading(withinRatio, (share) => `${shareText(share)} in ${latencyLimitText(ms, 'down')}`);
}

/** The median of the first token; the target is for another quantile, but a median above it misses it by far. */
function firstTokenPlot({data}: ViewInput): HistoryPlot {
  return {
    series: [{of: 'timeToFirstTokenP50Ms', name: FIRST_TOKEN, tone: 'firstSeries'}],
    unit: 'milliseconds',
    limits: targetLimits(data.snapshot, 'timeToFirstToken'),
  };
}

/** The target of a latency as a line, if it has one. */
export function targetLimits(snapshot: Snapshot | null, latency: LatencyName): readonly PlotLimit[] {
  const target = snapshot?.latency[latency].target ?? null;
  return target === null ? [] : [{name: 'target', value: target.ms, tone: 'limit'}];
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
    [one.p95Ms, other.p95Ms],
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
