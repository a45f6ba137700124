import {builtInPrices} from '../../src/config/prices/built-in-prices.ts';
import type {PriceBook} from '../../src/domain/cost/price-book.ts';
import {type ApiPrice, priceBookOf} from '../../src/domain/cost/published-prices.ts';

/** An API of the package's price book. */
export function publishedApi(name: string): ApiPrice {
  const api = builtInPrices().apis.find((entry) => entry.name === name);
  if (api === undefined) throw new Error(`no API ${name}`);
  return api;
}

export function findPriceBook(name: string): PriceBook {
  return priceBookOf(publishedApi(name));
}
