import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {compactText} from '../../shared/quantities/counts.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {meter, sparkline} from '../drawing/bars.ts';
import {factRow, padText, span} from '../drawing/compose.ts';
import {seriesCells} from '../drawing/series.ts';
import {shown, timesText} from '../format/shown.ts';
import {graphNote, spanText} from '../format/times.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

/** Above this, new requests will soon have to wait. */
const HIGH_RATIO = 0.85;
const FULL_RATIO = 0.95;
/** Columns of the longest percentage, `<0.1 %`. */
const PERCENT_COLUMNS = 6;

/** KV cache usage, and what still fits. */
export function kvCacheView(input: ViewInput): PanelView {
  const kv = input.data.snapshot?.kvCache;
  const fresh = freshnessNote(input, 'metrics');
  const {spanMs} = seriesCells(input, 'kvUsageRatio', input.columns);
  const isGraphShown = input.rows >= 3;
  const head = {
    title: 'KV cache',
    titleNote:
      fresh === '' ? fittingNote(input, 'KV cache', [graphNote('now', isGraphShown ? spanMs : 0), 'now']) : fresh,
    tone: kv !== undefined && isPresent(kv.usageRatio) && kv.usageRatio >= FULL_RATIO ? 'warning' : 'normal',
  } as const;
  return panelOf(input, head, kv === undefined ? [noDataYet] : kvRows(kv, input));
}

function kvRows(kv: Snapshot['kvCache'], input: ViewInput): Row[] {
  const {columns, rows, glyphs} = input;
  const capacity = shown(kv.capacityTokens, glyphs, compactText);
  const facts = factRow(
    [
      {label: '', value: `${shown(kv.usedTokens, glyphs, compactText)} / ${capacity} tokens`},
      {label: prefixLabel(kv), value: shown(kv.prefixCacheHitRatio, glyphs, percentText)},
      {label: 'full length', value: shown(kv.fullLengthSequences, glyphs, (count) => timesText(count, glyphs))},
    ],
    columns,
    glyphs,
  );
  const graph = sparkline(seriesCells(input, 'kvUsageRatio', columns).values, columns, glyphs, 1);
  const lines = [usageRow(kv, input), facts];
  // The newest interval is at the bottom; more rows would only repeat the graph.
  return rows >= 3 && graph.trim() !== '' ? [...lines, [span(graph, 'kvCache')]] : lines;
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
