import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {compactText} from '../../shared/quantities/counts.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {meter, sparkline} from '../drawing/bars.ts';
import {type Fact, factRow, padText, span} from '../drawing/compose.ts';
import {seriesCells} from '../drawing/series-cells.ts';
import {shown, timesText} from '../format/shown.ts';
import {graphNote, spanText} from '../format/times.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {type HistoryPlot, hasPlot, historyPlot} from './history-plot.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

/** Above this, new requests will soon have to wait. */
const HIGH_RATIO = 0.85;
const FULL_RATIO = 0.95;
/** Columns of the longest percentage, `<0.1 %`. */
const PERCENT_COLUMNS = 6;

const TITLE = 'KV cache';
/** From so many rows on, there is a meter above the plot. */
const METER_ROWS = 8;

/** KV cache usage, and what still fits; with room for it, its history as a plot. */
export function kvCacheView(input: ViewInput): PanelView {
  const kv = input.data.snapshot?.kvCache;
  const fresh = freshnessNote(input, 'metrics');
  if (kv === undefined) return panelOf(input, {title: TITLE, titleNote: fresh}, [noDataYet]);
  const {rows, note} = hasPlot(input, input.rows - 1) ? plottedRows(kv, input) : shortRows(kv, input);
  const tone = isPresent(kv.usageRatio) && kv.usageRatio >= FULL_RATIO ? 'warning' : 'normal';
  return panelOf(input, {title: TITLE, titleNote: fresh === '' ? note : fresh, tone}, rows);
}

type Content = {readonly rows: readonly Row[]; readonly note: string};

function shortRows(kv: Snapshot['kvCache'], input: ViewInput): Content {
  const {columns, rows, glyphs} = input;
  const {values, spanMs} = seriesCells(input, 'kvUsageRatio', columns);
  const graph = sparkline(values, columns, glyphs, 1);
  const lines = [usageRow(kv, input), factRow(facts(kv, input), columns, glyphs)];
  // The newest interval is at the bottom; more rows would only repeat the graph.
  return {
    rows: rows >= 3 && graph.trim() !== '' ? [...lines, [span(graph, 'kvCache')]] : lines,
    note: fittingNote(input, TITLE, [graphNote('now', rows >= 3 ? spanMs : 0), 'now']),
  };
}

function plottedRows(kv: Snapshot['kvCache'], input: ViewInput): Content {
  const {columns, rows, glyphs} = input;
  const {usageRatio} = kv;
  // Without a meter the usage stands before what it is of.
  const isShort = isPresent(usageRatio) && rows < METER_ROWS;
  const usage: Fact[] = isShort ? [{label: '', value: percentText(usageRatio), importance: 1}] : [];
  const lines = isShort
    ? [factRow([...usage, ...facts(kv, input)], columns, glyphs)]
    : [usageRow(kv, input), factRow(facts(kv, input), columns, glyphs)];
  const {rows: drawn, extremes} = historyPlot(input, usagePlot, rows - lines.length);
  const notes = extremes === '' ? ['now'] : [`usage ${extremes}`, 'now'];
  return {rows: [...lines, ...drawn], note: fittingNote(input, TITLE, notes)};
}

/** The part of the KV cache in use. */
export const usagePlot: HistoryPlot = {
  series: [{of: 'kvUsageRatio', name: 'usage', tone: 'kvCache'}],
  unit: 'ratio',
  top: 1,
};

function facts(kv: Snapshot['kvCache'], {glyphs}: ViewInput): Fact[] {
  const capacity = shown(kv.capacityTokens, glyphs, compactText);
  return [
    {label: '', value: `${shown(kv.usedTokens, glyphs, compactText)} / ${capacity} tokens`},
    {label: prefixLabel(kv), value: shown(kv.prefixCacheHitRatio, glyphs, percentText)},
    {label: 'full length', value: shown(kv.fullLengthSequences, glyphs, (count) => timesText(count, glyphs))},
  ];
}

/** `prefix hits (1m)`: the usage is of now, the hits are not. */
function prefixLabel({prefixCacheHitRatio, prefixCacheWindowMs: windowMs}: Snapshot['kvCache']): string {
  if (isAbsent(prefixCacheHitRatio)) return 'prefix hits';
  return `prefix hits (${isAbsent(windowMs) ? 'from the log' : spanText(windowMs)})`;
}

function usageRow({usageRatio}: Snapshot['kvCache'], {columns, glyphs}: ViewInput): Row {
  if (isAbsent(usageRatio)) return [span(`${glyphs.dash} `, 'strong'), span(usageRatio.absent, 'dim')];
  const text = percentText(usageRatio);
  const room = columns - PERCENT_COLUMNS - 1;
  if (room < 4) return [span(text, 'strong')];
  return [
    ...meter(usageRatio, room, toneOf(usageRatio), glyphs),
    span(` ${padText(text, PERCENT_COLUMNS, 'left')}`, 'strong'),
    ...(usageRatio >= FULL_RATIO ? [span(' full', 'critical')] : []),
  ];
}

function toneOf(ratio: number): Tone {
  if (ratio >= FULL_RATIO) return 'critical';
  return ratio >= HIGH_RATIO ? 'warning' : 'kvCache';
}
