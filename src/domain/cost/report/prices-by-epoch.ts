import type {ApiPrices, NodePrices} from '../exact-money.ts';
import type {PriceEpoch} from '../ledger/kept-entries.ts';

/** Prices for an epoch, and whether they were in force in it: others make an estimate. */
export type PricesFor<Prices> = {readonly prices: Prices; readonly wereInForce: boolean};

/** Which prices count for the entries of each epoch. */
export type PricesByEpoch = {
  /** The price books now, in the operator's order: the first is what the node is compared with. */
  readonly books: readonly Pick<ApiPrices, 'name' | 'model'>[];
  /**
   * Of a price book: its own in this epoch, otherwise those that it had first afterwards; null for a book that was in force only
   * before, or never.
   */
  readonly apiFor: (epoch: number, book: string) => PricesFor<ApiPrices> | null;
  /** Of the node: time without a price gets the next one that was set; null while none was. */
  readonly nodeFor: (epoch: number) => PricesFor<NodePrices> | null;
};

/** The prices of all epochs, the earliest first. */
export function pricesByEpoch(epochs: readonly PriceEpoch[]): PricesByEpoch {
  const apis = new Map<string, PricesFor<ApiPrices> | null>();
  const nodes = new Map<number, PricesFor<NodePrices> | null>();
  return {
    books: (epochs.at(-1)?.prices.apis ?? []).map(({name, model}) => ({name, model})),
    apiFor: (epoch, book) =>
      kept(apis, `${epoch} ${book}`, () => firstFrom(epochs, epoch, (of) => of.apis.find(({name}) => name === book))),
    nodeFor: (epoch) =>
      kept(nodes, epoch, () =>
        firstFrom(epochs, epoch, ({node}) => (node.microUsdPerHour === null ? undefined : node)),
      ),
  };
}

function firstFrom<Prices>(
  epochs: readonly PriceEpoch[],
  epoch: number,
  find: (prices: PriceEpoch['prices']) => Prices | undefined,
): PricesFor<Prices> | null {
  for (const {id, prices} of epochs) {
    const found = id < epoch ? undefined : find(prices);
    if (found !== undefined) return {prices: found, wereInForce: id === epoch};
  }
  return null;
}

/** There are thousands of entries, and few epochs. */
function kept<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = find();
  known.set(key, value);
  return value;
}
