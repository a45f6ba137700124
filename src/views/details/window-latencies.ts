import type {LatencyView, WindowRequests} from '../../api/latency/latency-schemas.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import type {Reading} from '../../samples/reading.ts';
import {combineReadings, isAbsent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {latencyLimitText} from '../../shared/quantities/durations.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {type Fact, factRow, padText, span} from '../drawing/compose.ts';
import {latencyQuantileText, shareText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {spanText} from '../format/times.ts';
import {notInWindowTexts} from '../format/unwatched.ts';
import type {GlyphSet} from '../glyphs.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {fittingNote, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput, WindowFigures} from '../view-input.ts';
import {absentLatencies, absentRow, latencyLabels} from './absent-latencies.ts';
import {type TableCell, tableRows} from './table.ts';

const TITLE = 'Latency';
/** From so many columns on, a share says of which target it is. */
const WIDE_COLUMNS = 72;
/** Heading and the line below the table. */
const OTHER_ROWS = 2;
const LABEL_COLUMNS = 11;
const HIGHEST = 'highest p99';
/** Fewer than this part of the requests are worth a word. */
const MOST_REQUESTS = 0.95;

/** Quantiles of all requests in a window, the part of them within each target, and the highest p99 of any interval. */
export function windowLatenciesView(input: ViewInput, {text, lengthMs, figures, gaps}: WindowFigures): PanelView {
  const {rows, columns, glyphs} = input;
  const {latency, highest} = figures;
  const fresh = freshnessNote(input, 'metrics');
  const last = coveredText(text, lengthMs, figures);
  const titleNote = fittingNote(input, TITLE, [`${last}, of all requests`, last], fresh);
  const unwatched = unwatchedRows(gaps, input);
  const lines = latencyLabels.slice(0, Math.max(1, rows - OTHER_ROWS - unwatched.length));
  const hasTarget = lines.some(([, name]) => latency[name].target !== null);
  const quantile = (value: Reading<Quantile>): TableCell => ({text: shown(value, glyphs, latencyQuantileText)});
  const isWide = columns >= WIDE_COLUMNS;
  const target = isWide ? 'within target' : 'in target';
  const heading = ['', 'p50', 'p95', 'p99', ...(hasTarget ? [target] : []), HIGHEST, 'mean'];
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
  const cells = [heading.map((text) => ({text})), ...table];
  const {common, own} = absentLatencies(latency, input.data.snapshot?.latency ?? latency);
  const drawn = tableRows(cells, input).map((row, index): Row => {
    const [label, name] = lines[index - 1] ?? [];
    const reason = name === undefined ? undefined : own[name];
    return label === undefined || reason === undefined ? row : absentRow(padText(label, LABEL_COLUMNS), reason, glyphs);
  });
  const facts: Fact[] = [
    ...countFacts(figures, glyphs),
    ...(common === null ? [] : [{label: '', value: common, tone: 'dim' as const, importance: 8}]),
    ...highestFacts(figures, hasColumn(drawn[0], HIGHEST)),
  ];
  return panelOf(input, {title: TITLE, titleNote}, [...drawn, factRow(facts, columns, glyphs), ...unwatched]);
}

/** What the figures do not have, in the longest form that there is room for. */
function unwatchedRows(gaps: WindowFigures['gaps'], {columns, nowMs}: ViewInput): readonly Row[] {
  const texts = notInWindowTexts(gaps, nowMs);
  const text = texts.find(({length}) => length <= columns) ?? texts.at(-1);
  return text === undefined ? [] : [[span(text, 'warning')]];
}

/** `last 6 h`, or `last 3h 12m of 6 h` where histograms are kept since then only. */
export function coveredText(text: string, lengthMs: number, {latency, intervalMs}: WindowRequests): string {
  const isWhole = latency.windowMs >= lengthMs - 2 * intervalMs;
  return isWhole ? `last ${text}` : `last ${spanText(latency.windowMs)} of ${text}`;
}

/** How many requests there were, and of how many the times of the client are known: not of all where an engine does not report waits. */
function countFacts({latency: {endToEnd, decode}}: WindowRequests, glyphs: GlyphSet): Fact[] {
  const requests = combineReadings(endToEnd.count, decode.count, Math.max);
  const all = isAbsent(requests) ? endToEnd.count : requests;
  const fact = {label: 'requests', value: shown(all, glyphs, countText), importance: 9};
  if (isAbsent(all) || isAbsent(endToEnd.count) || endToEnd.count >= all * MOST_REQUESTS) return [fact];
  return [fact, {label: 'first token and end to end of', value: countText(endToEnd.count), importance: 7}];
}

/** Of how long a time the highest p99 is, and when that of first tokens was; and its value where the table has no room for it. */
function highestFacts({highest: {timeToFirstToken}, intervalMs}: WindowRequests, isInTable: boolean): Fact[] {
  if (timeToFirstToken === null) return [];
  const {p99Ms, atMs} = timeToFirstToken;
  const over = spanText(intervalMs);
  return [
    ...(isInTable
      ? [{label: 'highest p99 over', value: over, importance: 3}]
      : [
          {label: 'highest first token p99', value: latencyQuantileText(p99Ms), importance: 3},
          {label: 'over', value: over, importance: 2},
        ]),
    {label: isInTable ? 'of first tokens at' : 'at', value: utcText(atMs), importance: 1},
  ];
}

function hasColumn(heading: Row | undefined, name: string): boolean {
  return heading?.some(({text}) => text.trim() === name) === true;
}

/** `~91 % in 2 s`, or without the target. */
function targetText({target}: LatencyView, {dash}: GlyphSet, isWide: boolean): string {
  if (target === null || isAbsent(target.withinRatio)) return dash;
  const share = shareText(target.withinRatio);
  return isWide ? `${share} in ${latencyLimitText(target.ms, 'down')}` : share;
}
