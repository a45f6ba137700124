import type {HistorySeriesName} from '../../api/history.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {absent, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {perSecondText, tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {sparkline} from '../drawing/bars.ts';
import {type Fact, factRow, joinParts, padText, span} from '../drawing/compose.ts';
import {seriesCells} from '../drawing/series.ts';
import {tokenQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {graphNote, spanText, windowText} from '../format/times.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

const LABEL_COLUMNS = 4;
const RATE_COLUMNS = 13;
const MIN_SPARK_COLUMNS = 8;

/** Tokens per second, generated and read, with recent history; running and waiting requests. */
export function throughputView(input: ViewInput): PanelView {
  const traffic = input.data.snapshot?.traffic;
  const fresh = freshnessNote(input, 'metrics');
  // The engine's own averages, used if its counters cannot be read.
  const isLogged = traffic?.source === 'log';
  const head = {title: 'Throughput', titleNote: isLogged ? 'from the log' : fresh === '' ? windowNote(input) : fresh};
  return panelOf(input, head, traffic === undefined ? [noDataYet] : trafficRows(traffic, input));
}

function trafficRows(traffic: Snapshot['traffic'], input: ViewInput): Row[] {
  const {columns, rows, glyphs} = input;
  const {generationTokensPerSecond: generated, promptTokensPerSecond: prompt} = traffic;
  const isBusy = isPresent(traffic.runningRequests) || isPresent(generated);
  const reason: Row[] = !isBusy && isAbsent(generated) ? [[span(generated.absent, 'dim')]] : [];
  const inRow = rateRow('in', prompt, 'promptTokensPerSecond', input);
  const requests = factRow(requestFacts(traffic, input), columns, glyphs);
  const more = factRow(
    [
      {label: 'cached prompt', value: shown(traffic.cachedPromptTokensPerSecond, glyphs, tokensPerSecondText)},
      {label: 'finished since start', value: shown(traffic.finishedRequestsTotal, glyphs, finishedText)},
    ],
    columns,
    glyphs,
  );
  const outRow = rateRow('out', generated, 'generationTokensPerSecond', input);
  const sizes = factRow(sizeFacts(traffic, input), columns, glyphs);
  return rows === 2 ? [outRow, requests, ...reason] : [outRow, inRow, requests, ...reason, more, sizes];
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
  return fittingNote(input, 'Throughput', [graphNote(window, spanMs), window]);
}
