import type {LatencyView, WindowRequests} from '../../api/latency/latency-schemas.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import type {Reading} from '../../samples/reading.ts';
import {isAbsent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {latencyLimitText} from '../../shared/quantities/durations.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {type Fact, factRow} from '../drawing/compose.ts';
import {latencyQuantileText, shareText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {spanText} from '../format/times.ts';
import type {GlyphSet} from '../glyphs.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {fittingNote, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ViewInput, WindowFigures} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';

const TITLE = 'Latency';
/** From so many columns on, a share says of which target it is. */
const WIDE_COLUMNS = 72;
/** Heading and the line below the table. */
const OTHER_ROWS = 2;

const latencies: readonly (readonly [name: string, latency: keyof WindowRequests['highest']])[] = [
  ['first token', 'timeToFirstToken'],
  ['inter-token', 'interToken'],
  ['end to end', 'endToEnd'],
  ['queue', 'queue'],
  ['prefill', 'prefill'],
  ['decode', 'decode'],
];

/** Quantiles of all requests in a window, the part of them within each target, and the highest p99 of any interval. */
export function windowLatenciesView(input: ViewInput, {text, lengthMs, figures}: WindowFigures): PanelView {
  const {rows, columns, glyphs} = input;
  const {latency, highest} = figures;
  const fresh = freshnessNote(input, 'metrics');
  const last = coveredText(text, lengthMs, figures);
  const note = fittingNote(input, TITLE, [`${last}, of all requests`, last]);
  const lines = latencies.slice(0, Math.max(1, rows - OTHER_ROWS));
  const hasTarget = lines.some(([, name]) => latency[name].target !== null);
  const quantile = (value: Reading<Quantile>): TableCell => ({text: shown(value, glyphs, latencyQuantileText)});
  const isWide = columns >= WIDE_COLUMNS;
  const target = isWide ? 'within target' : 'in target';
  const heading = ['', 'p50', 'p95', 'p99', ...(hasTarget ? [target] : []), 'highest p99', 'mean'];
  const table = lines.map(([name, of]): TableCell[] => {
    const {p50Ms, p95Ms, p99Ms} = latency[of];
    const most = highest[of];
    return [
      {text: name},
      quantile(p50Ms),
      quantile(p95Ms),
      quantile(p99Ms),
      ...(hasTarget ? [{text: targetText(latency[of], glyphs, isWide)}] : []),
      {text: most === null ? glyphs.dash : latencyQuantileText(most.p99Ms)},
      {text: shown(latency[of].meanMs, glyphs, (value) => latencyQuantileText({kind: 'exact', value}))},
    ];
  });
  const {count} = latency.endToEnd;
  const facts: Fact[] = [
    {label: 'requests', value: shown(count, glyphs, countText), importance: 9},
    ...highestFacts(figures),
  ];
  return panelOf(input, {title: TITLE, titleNote: fresh === '' ? note : fresh}, [
    ...tableRows([heading.map((name) => ({text: name})), ...table], input),
    factRow(facts, columns, glyphs),
  ]);
}

/** `last 6 h`, or `last 3h 12m of 6 h` where histograms are kept since then only. */
export function coveredText(text: string, lengthMs: number, {latency, intervalMs}: WindowRequests): string {
  const isWhole = latency.windowMs >= lengthMs - 2 * intervalMs;
  return isWhole ? `last ${text}` : `last ${spanText(latency.windowMs)} of ${text}`;
}

/** The highest p99 of first tokens, which the table has no column for in a narrow panel, and of how long a time. */
function highestFacts({highest: {timeToFirstToken}, intervalMs}: WindowRequests): Fact[] {
  if (timeToFirstToken === null) return [];
  const {p99Ms, atMs} = timeToFirstToken;
  return [
    {label: `first token, highest p99 of ${spanText(intervalMs)}`, value: latencyQuantileText(p99Ms), importance: 3},
    {label: 'at', value: utcText(atMs), importance: 1},
  ];
}

/** `~91 % in 2 s`, or without the target. */
function targetText({target}: LatencyView, {dash}: GlyphSet, isWide: boolean): string {
  if (target === null || isAbsent(target.withinRatio)) return dash;
  const share = shareText(target.withinRatio);
  return isWide ? `${share} in ${latencyLimitText(target.ms, 'down')}` : share;
}
