import {type BreakEvenAnswer, type MixRow, mixNodes, type RatedNode} from '../../domain/cost/break-even-answer.ts';
import type {CandidateNode} from '../../domain/cost/candidate-nodes.ts';
import type {PublishedThroughput} from '../../domain/cost/published-throughput.ts';
import {countText, decimalText} from '../../shared/quantities/counts.ts';
import {usdDigitsText, usdPerHourText, usdText} from '../../shared/quantities/money.ts';
import {exactPercentText, factorPercentText} from '../../shared/quantities/ratios.ts';
import {cutRow, padText, span} from '../drawing/compose.ts';
import {blank, labelled, type TextOptions, wrapped} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';
import {nodeText, unpricedText} from './unpriced-nodes.ts';

const STALE = 'older than 90 days';
const RATE_COLUMNS = 8;
const MIX_COLUMNS = 27;
const NODE_COLUMNS = 24;
const RENT_COLUMNS = 20;
const REQUIRED_COLUMNS = 16;
const CARD_COLUMNS = 10;

type Range = BreakEvenAnswer['monthlyCostUsd'];

/** The answer of `gantry break-even`: each figure with its arithmetic, then what it is to be compared with. */
export function breakEvenRows(answer: BreakEvenAnswer, options: TextOptions): readonly Row[] {
  return [
    ...headRows(answer, options),
    blank,
    ...figureRows(answer, options),
    ...planRows(answer, options),
    blank,
    ...nodeRows(answer, options),
    blank,
    ...publishedRows(answer, options),
    blank,
    ...mixRows(answer.mixes),
  ].map((row) => cutRow(row, options.columns, options.glyphs));
}

function headRows({assumptions, nodeUsdPerHour}: BreakEvenAnswer, options: TextOptions): Row[] {
  const {api, node, priceOrigin, trafficOrigin, utilizationRatio, utilizationOrigin} = assumptions;
  return [
    [span(`Break-even of ${node} with ${api.name} ${api.model}`, 'strong')],
    ...labelled('node', `${rangeText(nodeUsdPerHour, usdPerHourText)} (${priceOrigin})`, options),
    ...(trafficOrigin === null ? [] : labelled('traffic', trafficOrigin, options)),
    ...labelled('serving', `${factorPercentText(utilizationRatio)} of the hours (${utilizationOrigin})`, options),
    ...labelled('prices', `${api.asOf}${api.isStale ? `, ${STALE}` : ''}; ${api.source}`, options, {
      tone: api.isStale ? 'warning' : 'normal',
    }),
  ];
}

function figureRows(answer: BreakEvenAnswer, options: TextOptions): Row[] {
  const {assumptions, nodeUsdPerHour, monthlyCostUsd, blendedUsdPerMillionTokens: blended, atTokens} = answer;
  const {mix, api, hoursPerMonth, utilizationRatio} = assumptions;
  const hours = decimalText(hoursPerMonth, Number.isInteger(hoursPerMonth) ? 0 : 1);
  const blendedText = usdDigitsText(blended);
  const cached = api.cachedInput ?? api.input;
  const parts = [
    `${factorPercentText(mix.inputRatio)} new input x ${usdDigitsText(api.input)}`,
    ...(mix.cachedInputRatio > 0
      ? [`${factorPercentText(mix.cachedInputRatio)} cached x ${usdDigitsText(cached)}`]
      : []),
    `${factorPercentText(mix.outputRatio)} output x ${usdDigitsText(api.output)}`,
  ];
  const serving = utilizationRatio === 1 ? '' : ` while it serves, ${factorPercentText(utilizationRatio)} of the time`;
  const millions = countText(atTokens.millionTokensPerMonth);
  return [
    ...labelled(
      'month',
      `${rangeText(monthlyCostUsd, wholeUsd)}: ${hours} h x ${rangeText(nodeUsdPerHour, usdText)}`,
      options,
    ),
    ...labelled('API', `${blendedText} per million tokens: ${parts.join(' + ')}`, options),
    ...labelled(
      'break-even',
      `${rangeText(answer.breakEvenMillionTokensPerMonth, countText)} million tokens per month: ${rangeText(monthlyCostUsd, wholeUsd)} / ${blendedText}`,
      options,
      {tone: 'strong'},
    ),
    ...labelled('', `${rangeText(answer.tokensPerSecond, countText)} tok/s${serving}`, options, {tone: 'strong'}),
    blank,
    ...labelled(
      `at ${millions}M`,
      `${countText(atTokens.tokensPerSecond)} tok/s${serving}; the API charges ${wholeUsd(atTokens.apiUsd)}: the node ${savedText(atTokens.savedUsd)} per month`,
      options,
    ),
  ];
}

function savedText({low, high}: Range): string {
  if (low === high) return `${low < 0 ? 'loses' : 'saves'} ${wholeUsd(Math.abs(low))}`;
  if (low >= 0) return `saves ${wholeUsd(low)} to ${wholeUsd(high)}`;
  if (high < 0) return `loses ${wholeUsd(-high)} to ${wholeUsd(-low)}`;
  return `loses up to ${wholeUsd(-low)} or saves up to ${wholeUsd(high)}`;
}

function planRows({assumptions, plan}: BreakEvenAnswer, options: TextOptions): Row[] {
  if (plan.isHeld) return [];
  const text = `${assumptions.node} cannot hold the model: ${plan.reason} ${plan.smallestNodes ?? ''}`;
  return [blank, ...labelled('warning', text.trimEnd(), options, {labelTone: 'warning', tone: 'warning'})];
}

function nodeRows(answer: BreakEvenAnswer, options: TextOptions): Row[] {
  const {candidates, cheapestNode, assumptions} = answer;
  const required = requiredText(answer);
  const verdict =
    cheapestNode === null
      ? `No node of known rent has a published throughput of ${required}.`
      : `The cheapest with ${required}: ${nodeText(cheapestNode)}, ${rentText(cheapestNode)} per hour.`;
  const api = assumptions.api.name;
  const unpriced = unpricedText(candidates);
  const isStale = candidates.some(({usdPerHour}) => usdPerHour?.isStale === true);
  const rents = `Rents are on demand, over all kinds of providers${isStale ? `, and ${STALE}` : ''}. tok/s are published ones; worth is what ${api} charges for an hour of it, with its own share of output${assumptions.mix.cachedInputRatio > 0 ? ' and the cached share from above' : ''}.`;
  return [
    [span('Nodes that hold the model', 'title')],
    [span(nodeColumns('  node', 'rent per hour', 'tok/s', 'worth per hour'), 'dim')],
    ...candidates.map(nodeRow),
    ...wrapped(verdict, options, cheapestNode === null ? 'warning' : 'ok', '  '),
    ...wrapped(rents, options, isStale ? 'warning' : 'dim', '  '),
    ...ownedRows(answer, options),
    ...(unpriced === null ? [] : wrapped(unpriced, options, 'dim', '  ')),
  ];
}

/** What the nodes cost who owns them; empty where nobody published that. */
function ownedRows({candidates}: BreakEvenAnswer, options: TextOptions): Row[] {
  const owned = candidates.filter((node) => node.owned !== null);
  if (owned.length === 0) return [];
  const costs = owned.map((node) => `${nodeText(node)} ${usdText(node.owned?.usdPerHour ?? 0)}`).join(', ');
  const isStale = owned.some((node) => node.owned?.isStale === true);
  const text = `Owned (--owned), an hour costs${isStale ? `, ${STALE}` : ''}: ${costs}.`;
  return wrapped(text, options, isStale ? 'warning' : 'dim', '  ');
}

/** `1,903 tok/s, 951 of output, the mean of 5,000M tokens per month`; without cached input, which no published figure has. */
function requiredText({atTokens, busy, needed, assumptions}: BreakEvenAnswer): string {
  const {computedTokensPerSecond: mean, millionTokensPerMonth} = atTokens;
  const isCached = assumptions.mix.cachedInputRatio > 0;
  const output = countText(needed.outputTokensPerSecond);
  const rate = `${countText(needed.computedTokensPerSecond)} tok/s${isCached ? ' without cached input' : ''}, ${output} of output`;
  if (busy === null || busy.computedTokensPerSecond <= mean)
    return `${rate}, the mean of ${countText(millionTokensPerMonth)}M tokens per month`;
  return `${rate}, which 95 of 100 hours of this node stay within`;
}

function nodeRow(node: RatedNode): Row {
  const {published, usdPerHour, apiUsdPerHour: worth} = node;
  const rate = published === null ? 'none' : countText(published.totalTokensPerSecond);
  const columns = nodeColumns(`  ${nodeText(node)}`, rentText(node), rate, worth === null ? '' : usdText(worth));
  if (worth === null || usdPerHour === null) return [span(columns)];
  if (worth < usdPerHour.low) return [span(columns), span('  loses', 'critical')];
  return [span(columns), worth >= usdPerHour.high ? span('  saves', 'ok') : span('  depends', 'warning')];
}

function nodeColumns(node: string, rent: string, published: string, required: string): string {
  return [
    padText(node.slice(0, NODE_COLUMNS - 1), NODE_COLUMNS),
    padText(rent, RENT_COLUMNS),
    padText(published, RATE_COLUMNS + 1, 'left'),
    padText(required, REQUIRED_COLUMNS, 'left'),
  ].join('');
}

function publishedRows({published}: BreakEvenAnswer, options: TextOptions): Row[] {
  return [
    [span('Published throughput of Kimi models', 'title'), span(', tok/s')],
    ...published.map(
      (entry): Row => [
        span(padText(`${entry.isSameNode ? '* ' : '  '}${entry.gpuCount}x ${entry.card}`, CARD_COLUMNS)),
        span(padText(countText(entry.totalTokensPerSecond), RATE_COLUMNS, 'left')),
        span(` ${padText(countText(entry.outputTokensPerSecond), RATE_COLUMNS - 1, 'left')} output`),
        span(`  ${entry.model.replace('Kimi ', '')}, ${entry.workload}, ${loadText(entry)}`, 'dim'),
      ],
    ),
    ...wrapped(
      `Sources: ${[...new Set(published.map(({source}) => source))].join('; ')}. Measured without a cache.`,
      options,
      'dim',
      '  ',
    ),
  ];
}

function loadText({concurrency}: PublishedThroughput): string {
  return concurrency === null ? 'unlimited' : `${concurrency} ${concurrency === 1 ? 'user' : 'users'}`;
}

function rentText({usdPerHour}: CandidateNode): string {
  return usdPerHour === null ? 'no price known' : rangeText(usdPerHour, usdText);
}

function mixRows(mixes: readonly MixRow[]): Row[] {
  const heads = mixNodes.map(({node}) => padText(node.replace('x', 'x '), RATE_COLUMNS, 'left'));
  const prices = mixNodes.map(({usdPerHour}) => padText(`$${decimalText(usdPerHour, 2)}`, RATE_COLUMNS, 'left'));
  return [
    [span('Break-even by mix', 'title'), span(', tok/s at the price of the node per hour')],
    [span(`${padText('', MIX_COLUMNS + RATE_COLUMNS)}${heads.join(' ')}`, 'dim')],
    [
      span(
        `${padText('  new/cached/output', MIX_COLUMNS)}${padText('$/M', RATE_COLUMNS, 'left')}${prices.join(' ')}`,
        'dim',
      ),
    ],
    ...mixes.map(({mix, isAssumed, usdPerMillionTokens, tokensPerSecond}): Row => {
      const shares = [mix.inputRatio, mix.cachedInputRatio, mix.outputRatio].map((ratio) => exactPercentText(ratio, 1));
      const rates = tokensPerSecond.map((rate) => padText(countText(rate), RATE_COLUMNS, 'left')).join(' ');
      const tone = isAssumed ? 'strong' : 'normal';
      return [
        span(padText(`${isAssumed ? '* ' : '  '}${shares.join('/')}`, MIX_COLUMNS), tone),
        span(`${padText(decimalText(usdPerMillionTokens, 4), RATE_COLUMNS, 'left')}${rates}`, tone),
      ];
    }),
    [span('  * as assumed here', 'dim')],
  ];
}

function rangeText({low, high}: Range, text: (value: number) => string): string {
  return text(low) === text(high) ? text(low) : `${text(low)} to ${text(high)}`;
}

function wholeUsd(usd: number): string {
  return `$${countText(usd)}`;
}
