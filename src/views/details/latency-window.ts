import type {HistoryPoints, HistorySeriesName} from '../../api/history.ts';
import {nothingMeasuredIn} from '../../domain/traffic/unmeasured.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {fittingNote, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ChosenWindow, ViewInput} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';

const TITLE = 'Latency';

/** A latency with the series that are kept of it. */
type KeptLatency = {
  readonly name: string;
  /** p50, p95 and p99. */
  readonly quantiles: readonly [HistorySeriesName, HistorySeriesName, HistorySeriesName];
  readonly within: HistorySeriesName;
};

const kept: readonly KeptLatency[] = [
  {
    name: 'first token',
    quantiles: ['timeToFirstTokenP50Ms', 'timeToFirstTokenP95Ms', 'timeToFirstTokenP99Ms'],
    within: 'firstTokenWithinRatio',
  },
  {
    name: 'inter-token',
    quantiles: ['interTokenP50Ms', 'interTokenP95Ms', 'interTokenP99Ms'],
    within: 'interTokenWithinRatio',
  },
  {
    name: 'end to end',
    quantiles: ['endToEndP50Ms', 'endToEndP95Ms', 'endToEndP99Ms'],
    within: 'endToEndWithinRatio',
  },
  {
    name: 'queue',
    quantiles: ['queueP50Ms', 'queueP95Ms', 'queueP99Ms'],
    within: 'queueWithinRatio',
  },
];

/** The series that a window of latencies needs. */
export const latencySeries: readonly HistorySeriesName[] = kept.flatMap(({quantiles, within}) => [
  ...quantiles,
  within,
]);

/**
 * Latencies over a longer time. Quantiles are of the minute before each kept point, and there is none of many: the mean of the
 * points with requests, and the highest one. In a long window a point is itself the mean of several minutes.
 */
export function latencyWindowView(input: ViewInput, {text, problem, lengthMs}: ChosenWindow): PanelView {
  const {columns, glyphs, nowMs} = input;
  const fresh = freshnessNote(input, 'metrics');
  const notes = [`last ${text}, means over time`, `last ${text}`];
  const head = {title: TITLE, titleNote: fittingNote(input, TITLE, notes, fresh)};
  if (problem !== null) return panelOf(input, head, wrapText(problem, 'dim', columns, 2, glyphs));
  const isMeasured = latencySeries.some((name) => known(input.data.history[name] ?? [], nowMs - lengthMs).length > 0);
  if (!isMeasured) return panelOf(input, head, wrapText(nothingMeasuredIn(text), 'dim', columns, 2, glyphs));
  const valuesOf = (name: HistorySeriesName): number[] => known(input.data.history[name] ?? [], nowMs - lengthMs);
  const cell = (values: readonly number[], format: (value: number) => string, reduce = meanOf): TableCell => ({
    text: values.length === 0 ? glyphs.dash : format(reduce(values)),
  });
  const hasTarget = kept.some(({within}) => valuesOf(within).length > 0);
  const target = hasTarget ? ['within target'] : [];
  const heading = ['', 'p50', 'p95', 'p99', ...target, 'highest p99'].map((name) => ({text: name}));
  const lines = kept.map(({name, quantiles, within}): TableCell[] => [
    {text: name},
    ...quantiles.map((series) => cell(valuesOf(series), latencyText)),
    ...(hasTarget ? [cell(valuesOf(within), wholePercentText)] : []),
    cell(valuesOf(quantiles[2]), latencyText, (values) => Math.max(...values)),
  ]);
  return panelOf(input, head, [
    ...tableRows([heading, ...lines], input),
    [span('by time, not by requests; idle times do not count', 'dim')],
  ]);
}

function known(points: HistoryPoints, sinceMs: number): number[] {
  return points.flatMap(({atMs, value}) => (value === null || atMs < sinceMs ? [] : [value]));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
