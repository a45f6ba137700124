import {isPresent} from '../../samples/reading.ts';
import {meter, sparkline} from '../bars.ts';
import {facts, fit, span} from '../compose.ts';
import {compactText, percentText, shown} from '../format/numbers.ts';
import {freshnessNote, seriesValues} from '../freshness.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** From here on new requests soon have to wait. */
const HIGH_RATIO = 0.85;
const FULL_RATIO = 0.95;

/** How full the KV cache is, and what still fits into it. */
export function kvCacheView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const kv = data.snapshot?.kvCache;
  const base = {title: 'KV cache', titleNote: freshnessNote(input, 'metrics'), tone: 'normal'} as const;
  if (kv === undefined) return {...base, rows: fit([[span('no data yet', 'dim')]], columns, rows, glyphs)};
  const usage = shown(kv.usageRatio, glyphs, percentText);
  const tone: Tone = isPresent(kv.usageRatio) ? toneOf(kv.usageRatio) : 'dim';
  const bar: Row = isPresent(kv.usageRatio)
    ? [...meter(kv.usageRatio, Math.max(4, columns - usage.length - 1), tone, glyphs), span(` ${usage}`, 'strong')]
    : [span(usage, 'dim')];
  const lines: Row[] = [
    bar,
    facts(
      [
        ['', `${shown(kv.usedTokens, glyphs, compactText)} / ${shown(kv.capacityTokens, glyphs, compactText)} tokens`],
        ['prefix hits', shown(kv.prefixCacheHitRatio, glyphs, percentText)],
        ['room for', shown(kv.fullLengthSequences, glyphs, (count) => `${count.toFixed(1)} full length`)],
      ],
      glyphs,
    ),
    [span(sparkline(seriesValues(input, 'kvUsageRatio'), columns, glyphs, 1), 'kvCache')],
  ];
  return {...base, rows: fit(lines, columns, rows, glyphs)};
}

function toneOf(ratio: number): Tone {
  if (ratio >= FULL_RATIO) return 'critical';
  return ratio >= HIGH_RATIO ? 'warning' : 'kvCache';
}
