import {dividedHalfEven, type Money, microUsdOf, moneyLess, sumOfMoney} from '../../domain/cost/exact-money.ts';
import type {NodeState} from '../../domain/cost/ledger/entries.ts';
import {type ApiAmount, type CostAmounts, tokensOf} from '../../domain/cost/report/cost-amounts.ts';
import type {CostReportSums, ReportEntries, ReportGroup} from '../../domain/cost/report/cost-report.ts';
import {absent, combineReadings, mapReading, type Reading} from '../../samples/reading.ts';
import {COST_SCHEMA_VERSION, type CostDocument, type CostRow} from './cost-values.ts';

type KeyedRow = CostDocument['rows'][number];

/** What a document begins with. */
export type CostHead = Omit<CostDocument, 'schemaVersion' | 'rows' | 'total'>;

/** Some rows in each step, as they are complete, and at the end their total. */
export type CostRows = Generator<readonly KeyedRow[], CostRow>;

/** Rows of a report, which is made of parts of the ledger: only here is money rounded, each amount from its exact sum. */
export function* rowSteps(sums: CostReportSums, parts: Iterable<ReportEntries>): CostRows {
  for (const entries of parts) {
    sums.add(entries);
    yield sums.takeComplete().map(keyedRow);
  }
  yield sums.takeRest().map(keyedRow);
  return rowOf(sums.total);
}

/** A document in memory. */
export function* documentSteps(head: CostHead, rowsOf: CostRows): Generator<void, CostDocument> {
  const rows: KeyedRow[] = [];
  for (;;) {
    const step = rowsOf.next();
    if (step.done === true) return {schemaVersion: COST_SCHEMA_VERSION, ...head, rows, total: step.value};
    rows.push(...step.value);
    yield;
  }
}

/**
 * The same document as JSON in parts, indented if it is pretty. No row of it stays in the JavaScript heap: a year by hour is
 * several MB, in which the collector would take tens of milliseconds.
 */
export function* documentTextSteps(
  head: CostHead,
  rowsOf: CostRows,
  isPretty: boolean,
): Generator<void, readonly Uint8Array[]> {
  const encoder = new TextEncoder();
  const [line, space, indent] = isPretty ? ['\n', ' ', '  '] : ['', '', ''];
  // No text of JSON has a line break within a string.
  const json = (value: unknown, within: string): string =>
    JSON.stringify(value, null, indent).replaceAll('\n', `\n${within}`);
  const begin = json({schemaVersion: COST_SCHEMA_VERSION, ...head}, '').slice(0, -`${line}}`.length);
  const parts = [encoder.encode(`${begin},${line}${indent}"rows":${space}[`)];
  const rowIndent = indent + indent;
  for (let hasRows = false; ; ) {
    const step = rowsOf.next();
    if (step.done === true) {
      const close = hasRows ? `${line}${indent}],` : '],';
      parts.push(encoder.encode(`${close}${line}${indent}"total":${space}${json(step.value, indent)}${line}}\n`));
      return parts;
    }
    const rows = step.value.map((row) => `${line}${rowIndent}${json(row, rowIndent)}`);
    if (rows.length > 0) parts.push(encoder.encode(`${hasRows ? ',' : ''}${rows.join(',')}`));
    hasRows ||= rows.length > 0;
    yield;
  }
}

function keyedRow(group: ReportGroup): KeyedRow {
  return {...rowOf(group), key: group.key};
}

function rowOf({amounts, isNodeShared, isApiAtMost}: Omit<ReportGroup, 'key'>): CostRow {
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
    isNodeShared,
    apis: apis.map(({name, money, isEstimate}) => ({name, microUsd: mapReading(money, microUsdOf), isEstimate})),
    isApiAtMost,
    savedMicroUsd: combineReadings(compared, node, (api, spent) => microUsdOf(moneyLess(api, spent))),
    microUsdPerMillionTokens: mapReading(node, (spent) => perMillion(spent, tokensOf(amounts.tokens.client))),
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
