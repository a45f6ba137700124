import type {SizeView} from '../../api/cost/size-view.ts';
import type {ObservedLoad} from '../../domain/cost/right-size/observed-load.ts';
import type {RightSize, SizedNode, SizedWindow} from '../../domain/cost/right-size/right-size.ts';
import type {TokenRange} from '../../domain/traffic/request-lengths.ts';
import {isAbsent} from '../../samples/reading.ts';
import {contextText, countText, decimalText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {usdPerHourText, usdText} from '../../shared/quantities/money.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {percentText, wholePercentText} from '../../shared/quantities/ratios.ts';
import {cutRow, padText, span} from '../drawing/compose.ts';
import {blank, labelled, type TextOptions, wrapped} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';
import {nodeText, unpricedText} from './unpriced-nodes.ts';

const WINDOW_COLUMNS = 12;
const REFUSED_COLUMNS = 34;
const NODE_COLUMNS = 24;
const RENT_COLUMNS = 26;

/** The answer of `gantry right-size`: what was observed, then windows and nodes, then what follows. */
export function rightSizeRows(size: RightSize, options: TextOptions): readonly Row[] {
  const {present, load} = size;
  const price = present.usdPerHour === null ? '' : `, ${usdPerHourText(present.usdPerHour)}`;
  return [
    [
      span(`${nodeText(present)} with ${contextText(present.contextTokens)} of context`, 'strong'),
      span(price, 'normal'),
    ],
    ...loadRows(load, options),
    blank,
    ...windowRows(size, options),
    blank,
    ...nodeRows(size, options),
    blank,
    ...wrapped(verdictText(size), options, 'strong'),
  ].map((row) => cutRow(row, options.columns, options.glyphs));
}

/** What of a judgement its verdict depends on. */
export type JudgedSize = Pick<SizeView, 'isWholeWeek' | 'smaller' | 'neededContextTokens' | 'present'> & {
  readonly load: Pick<SizeView['load'], 'coveredMs' | 'sinceMs' | 'untilMs'>;
};

/** What follows, in one sentence. */
export function verdictText({isWholeWeek, smaller, load, neededContextTokens, present}: JudgedSize): string {
  if (!isWholeWeek) {
    const time = `${durationText(load.coveredMs)} of ${durationText(load.untilMs - load.sinceMs)}`;
    return `No advice yet: it needs seven days of which 95 % were watched while the engine served requests, and there are ${time}.`;
  }
  const shorter =
    neededContextTokens < present.contextTokens
      ? ` A context of ${contextText(neededContextTokens)} would have refused no request of this time.`
      : '';
  return smaller === null
    ? `No smaller or cheaper node is known to do the same.${shorter}`
    : `${smallerText(smaller)}${shorter}`;
}

/** What a smaller node costs and reaches. */
function smallerText(node: NonNullable<SizeView['smaller']>): string {
  const {usdPerHour, published} = node;
  const rent = usdPerHour === null ? '' : ` at ${rentText(usdPerHour)}`;
  const measured =
    published === null
      ? ''
      : `: ${tokensPerSecondText(published.totalTokensPerSecond)} were published for it (${published.source})`;
  return `${nodeText(node)}${rent} would do the same${measured}.`;
}

function loadRows(load: ObservedLoad, options: TextOptions): Row[] {
  const {lengths, mostRunningRequests, mostKvUsageRatio, busyTokensPerSecond, busyOutputTokensPerSecond} = load;
  const {dash} = options.glyphs;
  const time = `${durationText(load.coveredMs)} of the last ${durationText(load.untilMs - load.sinceMs)}`;
  const requests = isAbsent(lengths)
    ? `sizes of requests: ${lengths.absent}`
    : `${countText(lengths.requests)} requests`;
  const text = (value: number | null, format: (known: number) => string): string =>
    value === null ? dash : format(value);
  return [
    ...labelled('observed', `${time}; ${requests}`, options),
    ...(isAbsent(lengths)
      ? []
      : labelled('requests', `longest ${rangeText(lengths.longest)}; p99 ${rangeText(lengths.p99)}`, options)),
    ...labelled(
      'load',
      `at most ${text(mostRunningRequests, (most) => decimalText(most, 1))} at the same time, ${text(mostKvUsageRatio, percentText)} of the KV cache; 95 of 100 hours at most ${text(busyTokensPerSecond, tokensPerSecondText)} computed, ${text(busyOutputTokensPerSecond, tokensPerSecondText)} generated`,
      options,
    ),
  ];
}

/** Prompt and answer are counted apart: what both had together is between two bounds. */
export function rangeText({aboveTokens, atMostTokens}: TokenRange): string {
  const most = atMostTokens === null ? 'without a known limit' : `at most ${countText(atMostTokens)} tokens`;
  return aboveTokens === 0 ? most : `above ${countText(aboveTokens)}, ${most}`;
}

function windowRows({windows, load: {lengths}}: RightSize, options: TextOptions): Row[] {
  const requests = isAbsent(lengths) ? 0 : lengths.requests;
  const head = `${padText('context', WINDOW_COLUMNS)}${padText('requests it has no room for', REFUSED_COLUMNS)}of full length together`;
  return [
    [span(head, 'dim')],
    ...windows.map((window) => windowRow(window, requests, options)),
    ...wrapped(
      'The KV cache has the same size with every context: a shorter one guarantees more requests of full length, and makes none faster.',
      options,
      'dim',
    ),
  ];
}

function windowRow(
  {contextTokens, isPresent, refused, fullLengthSequences}: SizedWindow,
  requests: number,
  options: TextOptions,
): Row {
  const name = `${contextText(contextTokens)}${isPresent ? ' now' : ''}`;
  const text = refused === null ? (isPresent ? 'as now' : options.glyphs.dash) : refusedText(refused, requests);
  return [
    span(padText(name, WINDOW_COLUMNS), isPresent ? 'strong' : 'normal'),
    span(padText(text, REFUSED_COLUMNS), refused !== null && refused.atLeast > 0 ? 'warning' : 'normal'),
    span(`${decimalText(fullLengthSequences, 1)}${options.glyphs.times}`),
  ];
}

/** How many requests had no room: `none`, `480`, `210 to 480 (1 %)`. */
export function refusedText({atLeast, atMost}: NonNullable<SizedWindow['refused']>, requests: number): string {
  if (atMost === null) return `at least ${countText(atLeast)}`;
  if (atMost === 0) return 'none';
  const share = requests === 0 ? '' : ` (${wholePercentText(atMost / requests)})`;
  return atLeast === atMost ? `${countText(atMost)}${share}` : `${countText(atLeast)} to ${countText(atMost)}${share}`;
}

function nodeRows({nodes, neededContextTokens, neededKvTokens}: RightSize, options: TextOptions): Row[] {
  const needs = `${contextText(neededContextTokens)} of context and ${countText(neededKvTokens)} tokens of KV cache`;
  const unpriced = unpricedText(nodes);
  const priced = nodes.filter(({usdPerHour}) => usdPerHour !== null);
  return [
    [span(`Nodes for ${needs}, by the plan`, 'dim')],
    ...priced
      .toSorted((a, b) => (a.usdPerHour?.low ?? 0) - (b.usdPerHour?.low ?? 0))
      .map((node) => nodeRow(node, options)),
    ...(nodes.length === 0 ? [[span('none')]] : []),
    ...(unpriced === null ? [] : wrapped(unpriced, options, 'dim')),
  ];
}

function nodeRow(node: SizedNode, {glyphs}: TextOptions): Row {
  const rent = node.usdPerHour === null ? glyphs.dash : rentText(node.usdPerHour);
  return [
    span(padText(nodeText(node), NODE_COLUMNS)),
    span(padText(rent, RENT_COLUMNS), node.cheaper === 'always' ? 'ok' : 'normal'),
    span(throughputText(node)),
  ];
}

function throughputText({throughput, published}: SizedNode): string {
  if (published === null || throughput === 'unpublished') return 'no throughput to compare';
  const rate = tokensPerSecondText(published.totalTokensPerSecond);
  return throughput === 'enough' ? `enough: ${rate} published` : `too slow: ${rate} published`;
}

function rentText({low, high, isStale}: NonNullable<SizedNode['usdPerHour']>): string {
  return `${usdText(low)}-${usdPerHourText(high)}${isStale ? ', stale' : ''}`;
}
