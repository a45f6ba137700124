import {type Money, microUsdOf} from '../../../domain/cost/exact-money.ts';
import {nodeStates, tokenSources} from '../../../domain/cost/ledger/entries.ts';
import type {CostAmounts} from '../../../domain/cost/report/cost-amounts.ts';
import {usdOfMicroUsd} from '../../../shared/quantities/money.ts';
import {MS_PER_SECOND} from '../../../shared/units.ts';
import {counter, type Metric, type Point} from './metric.ts';

const tokenKinds = ['input', 'cached', 'output'] as const;

/**
 * The whole ledger as it is booked; null before its first booking, and while it cannot be read. Not from `cost.billedSince`: a sum
 * that an edit of the configuration takes from would be a reset to Prometheus, which then counts all of it again.
 */
export const ledgerMetrics: readonly Metric<CostAmounts | null>[] = [
  counter(
    'gantry_ledger_tokens_total',
    'Tokens booked since the ledger began, by kind (input, without cached; cached; output) and by who used them.',
    ['kind', 'source'],
    (amounts) => (amounts === null ? [] : tokenSources.flatMap((source) => pointsOfSource(amounts, source))),
  ),
  counter('gantry_node_seconds_total', 'Time of the node that was booked, by what it did.', ['state'], (amounts) =>
    ofStates(({timeMs}, state) => timeMs[state] / MS_PER_SECOND, amounts),
  ),
  counter(
    'gantry_node_usd_total',
    'What the node cost, by what it did; none while some of its time has no price.',
    ['state'],
    (amounts) =>
      ofStates(({nodeByState, unpricedMs}, state) => (unpricedMs > 0 ? null : usdOf(nodeByState[state])), amounts),
  ),
  counter(
    'gantry_api_usd_total',
    "What the API would have charged for clients' tokens, by price book; none for one without a price for all of them.",
    ['price_book'],
    (amounts) =>
      amounts === null
        ? []
        : [...amounts.apis].map(([name, {money, unpricedTokens}]) => ({
            labels: {price_book: name},
            value: unpricedTokens > 0 ? null : usdOf(money),
          })),
  ),
  counter(
    'gantry_ledger_gap_seconds_total',
    'Booked time in which nothing watched the node: its tokens are spread over it.',
    [],
    (amounts) => [{value: amounts === null ? null : amounts.gapMs / MS_PER_SECOND}],
  ),
];

function pointsOfSource(amounts: CostAmounts, source: (typeof tokenSources)[number]): readonly Point[] {
  return tokenKinds.map((kind) => ({labels: {kind, source}, value: amounts.tokens[source][kind]}));
}

function ofStates(
  read: (amounts: CostAmounts, state: (typeof nodeStates)[number]) => number | null,
  amounts: CostAmounts | null,
): readonly Point[] {
  return amounts === null ? [] : nodeStates.map((state) => ({labels: {state}, value: read(amounts, state)}));
}

function usdOf(money: Money): number {
  return usdOfMicroUsd(microUsdOf(money));
}
