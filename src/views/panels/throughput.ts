import {isPresent} from '../../samples/reading.ts';
import {sparkline} from '../bars.ts';
import {facts, fit, padText, span} from '../compose.ts';
import {countText, shown, tokensPerSecondText} from '../format/numbers.ts';
import {durationText} from '../format/times.ts';
import {freshnessNote, seriesValues} from '../freshness.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** Tokens a second, generated and read, with the recent past; requests running and waiting. */
export function throughputView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const traffic = data.snapshot?.traffic;
  const base = {title: 'Throughput', titleNote: freshnessNote(input, 'metrics'), tone: 'normal'} as const;
  if (traffic === undefined) return {...base, rows: fit([[span('no data yet', 'dim')]], columns, rows, glyphs)};
  const isWaiting = isPresent(traffic.waitingRequests) && traffic.waitingRequests > 0;
  const requests: Row = facts(
    [
      ['running', shown(traffic.runningRequests, glyphs, countText)],
      ['waiting', shown(traffic.waitingRequests, glyphs, countText), isWaiting ? 'warning' : 'strong'],
      ['', shown(traffic.requestsPerSecond, glyphs, (rate) => `${rate.toFixed(2)} req/s`)],
      ['preemptions', shown(traffic.preemptionsPerSecond, glyphs, (rate) => `${rate.toFixed(1)}/s`)],
    ],
    glyphs,
  );
  const lines: Row[] = [
    rateRow('out', traffic.generationTokensPerSecond, seriesValues(input, 'generationTokensPerSecond'), input),
    requests,
    rateRow('in', traffic.promptTokensPerSecond, seriesValues(input, 'promptTokensPerSecond'), input),
    facts([['of it cached', shown(traffic.cachedPromptTokensPerSecond, glyphs, tokensPerSecondText)]], glyphs),
  ];
  const span1 = spanText(input);
  return {...base, titleNote: base.titleNote === '' ? span1 : base.titleNote, rows: fit(lines, columns, rows, glyphs)};
}

function rateRow(
  label: string,
  rate: Parameters<typeof shown<number>>[0],
  values: readonly (number | null)[],
  {columns, glyphs}: ViewInput,
): Row {
  const text = padText(shown(rate, glyphs, tokensPerSecondText), 13, 'left');
  const room = columns - 4 - text.length - 1;
  return [
    span(padText(label, 4), 'dim'),
    span(text, 'strong'),
    ...(room < 8 ? [] : [span(` ${sparkline(values, room, glyphs)}`, 'accent')]),
  ];
}

/** How far back the line of steps reaches. */
function spanText(input: ViewInput): string {
  const points = input.data.history.generationTokensPerSecond ?? [];
  const first = points.at(-Math.max(1, input.columns - 18));
  const last = points.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < 5_000) return '';
  return `last ${durationText(last.atMs - first.atMs)}`;
}
