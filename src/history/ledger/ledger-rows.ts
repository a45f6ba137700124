import {
  type NodeState,
  nodeStates,
  type TokenCounts,
  type TokenSource,
  tokenSources,
} from '../../domain/cost/ledger/entries.ts';

/**
 * Rows of entries, read by the thousand: each value is checked by hand, without a schema. What no Gantry has written is thrown
 * as an error with its column: it must never become another amount.
 */
export type LedgerRow = Readonly<Record<string, unknown>>;

/** A whole number in the column. */
export function wholeIn(row: LedgerRow, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw notOfLedger(column, value);
}

/** An amount: a whole number from zero on. */
export function amountIn(row: LedgerRow, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  throw notOfLedger(column, value);
}

/** A sum that may be more than a number holds, of its text. */
export function sumIn(row: LedgerRow, column: string): bigint {
  const value = row[column];
  if (typeof value === 'string' && /^\d+$/.test(value)) return BigInt(value);
  throw notOfLedger(column, value);
}

/** A flag of 0 or 1. */
export function flagIn(row: LedgerRow, column: string): boolean {
  return wholeIn(row, column) !== 0;
}

/** The tokens of a row. */
export function countsIn(row: LedgerRow): TokenCounts {
  return {input: amountIn(row, 'input'), cached: amountIn(row, 'cached'), output: amountIn(row, 'output')};
}

const sources = new Map<unknown, TokenSource>(tokenSources.map((source) => [source, source]));
const states = new Map<unknown, NodeState>(nodeStates.map((state) => [state, state]));

/** Who used the tokens of a row. */
export function sourceIn({source}: LedgerRow): TokenSource {
  const known = sources.get(source);
  if (known === undefined) throw notOfLedger('source', source);
  return known;
}

/** What the node did in the time of a row. */
export function stateIn({state}: LedgerRow): NodeState {
  const known = states.get(state);
  if (known === undefined) throw notOfLedger('state', state);
  return known;
}

function notOfLedger(column: string, value: unknown): Error {
  return new Error(`the ledger has ${JSON.stringify(String(value))} as ${column}`);
}
