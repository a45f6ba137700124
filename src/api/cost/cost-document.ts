import {dividedHalfEven, type Money, microUsdOf, moneyLess, sumOfMoney} from '../../domain/cost/exact-money.ts';
import type {NodeState} from '../../domain/cost/ledger/entries.ts';
import type {ApiAmount, CostAmounts} from '../../domain/cost/report/cost-amounts.ts';
import type {CostReport, ReportGroup} from '../../domain/cost/report/cost-report.ts';
import {absent, combineReadings, mapReading, type Reading} from '../../samples/reading.ts';
import {COST_SCHEMA_VERSION, type CostDocument, type CostRow} from './cost-values.ts';

/** So many rows are rounded without a pause. */
const ROWS_PER_STEP = 40;

/** A report as it is sent: only here is its money rounded, each amount from its exact sum. In steps: there may be thousands of rows. */
export function* documentSteps(
  {books, groups, total}: CostReport,
  about: Pick<CostDocument, 'simulated' | 'sinceMs' | 'untilMs' | 'coveredUntilMs' | 'by'>,
): Generator<void, CostDocument> {
  const rows: CostDocument['rows'] = [];
  for (const group of groups) {
    rows.push({...rowOf(group), key: group.key});
    if (rows.length % ROWS_PER_STEP === 0) yield;
  }
  return {
    schemaVersion: COST_SCHEMA_VERSION,
    ...about,
    books: [...books],
    rows,
    total: rowOf(total),
  };
}

function rowOf({amounts, ratedTokens, isApiAtMost}: Omit<ReportGroup, 'key'>): CostRow {
  const node = nodeMoney(amounts);
  const apis = [...amounts.apis].map(([name, amount]) => ({
    name,
    money: apiMoney(amount),
    isEstimate: amount.isEstimate,
  }));
  const compared = apis[0]?.money ?? absent('no price book');
  return {
    tokens: amounts.tokens,
    gapTokens: amounts.gapTokens,
    timeMs: amounts.timeMs,
    gapMs: amounts.gapMs,
    nodeMicroUsd: mapReading(node, microUsdOf),
    nodeMicroUsdByState: mapReading(node, () => byState(amounts)),
    isNodeEstimate: amounts.isNodeEstimate,
    apis: apis.map(({name, money, isEstimate}) => ({name, microUsd: mapReading(money, microUsdOf), isEstimate})),
    isApiAtMost,
    savedMicroUsd: combineReadings(compared, node, (api, spent) => microUsdOf(moneyLess(api, spent))),
    microUsdPerMillionTokens: mapReading(node, (spent) => perMillion(spent, ratedTokens)),
  };
}

function nodeMoney({nodeByState, legacyNode, unpricedMs}: CostAmounts): Reading<Money> {
  if (unpricedMs > 0) return absent('the node has no price');
  return sumOfMoney([legacyNode, ...Object.values(nodeByState)]);
}

function apiMoney({money, unpricedTokens}: ApiAmount): Reading<Money> {
  return unpricedTokens > 0 ? absent('no price for some of the tokens') : money;
}

function byState({nodeByState}: CostAmounts): Record<NodeState, number> {
  const {serving, idle, starting, down, unobserved} = nodeByState;
  return {
    serving: microUsdOf(serving),
    idle: microUsdOf(idle),
    starting: microUsdOf(starting),
    down: microUsdOf(down),
    unobserved: microUsdOf(unobserved),
  };
}

function perMillion(spent: Money, tokens: number): Reading<number> {
  if (tokens === 0) return absent('no tokens');
  return microUsdOf({parts: dividedHalfEven(spent.parts * 1_000_000n, BigInt(tokens))});
}
