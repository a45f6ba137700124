import {type ApiPrice, type PublishedPrices, withOwnPrices} from '../../domain/cost/published-prices.ts';
import {nearestName} from '../../domain/settings/nearest-name.ts';
import type {Configuration} from '../configuration.ts';
import type {Problem} from '../describe-issue.ts';
import {builtInPrices} from './built-in-prices.ts';
import type {OwnPrices} from './own-prices.ts';

/** Whose prices the verdict is by where none of those that are configured is known. */
const FALLBACK = 'moonshot';

/** All prices that are known, and those that the configuration compares with. */
export type ChosenPrices = {
  readonly published: PublishedPrices;
  /** The first gives the verdict; never empty. */
  readonly compared: readonly [ApiPrice, ...ApiPrice[]];
};

type Choice = Configuration['cost']['priceBook'];

/** The prices in force: the operator's before those of the package. */
export function publishedPrices({prices}: OwnPrices): PublishedPrices {
  return prices === null ? builtInPrices() : withOwnPrices(builtInPrices(), prices);
}

/** The APIs that `cost.priceBook` names or has. */
export function chosenPrices(choice: Choice, own: OwnPrices): ChosenPrices {
  const published = publishedPrices(own);
  const found = listed(choice).flatMap((book) => apiOf(book, published) ?? []);
  const [first = published.apis.find(({name}) => name === FALLBACK) ?? published.apis[0], ...others] = found;
  if (first === undefined) throw new Error('The price book of the package has no API. Install Gantry again.');
  return {published, compared: [first, ...others]};
}

/** What is wrong with the names in a choice: one that is there twice, and one that no file of prices has. */
export function problemsOfChoice(choice: Choice, own: OwnPrices): readonly Problem[] {
  return [...repeatedNames(listed(choice)), ...unknownNames(choice, own)];
}

/** The name is what distinguishes one API from another, in tables and in metrics. */
function repeatedNames(books: ReturnType<typeof listed>): readonly Problem[] {
  const names = books.map((book) => (typeof book === 'string' ? book : book.name));
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            code: 'configuration.invalid-value',
            path: ['cost', 'priceBook', index, ...(typeof books[index] === 'string' ? [] : ['name'])],
            text: `is ${JSON.stringify(name)} again, but each name was expected once`,
            remedy: 'Remove one of the two, or give your own prices another name.',
          },
        ],
  );
}

/** None while the operator's file cannot be used: they may be in it. */
function unknownNames(choice: Choice, own: OwnPrices): readonly Problem[] {
  if (own.trouble !== null) return [];
  const known = publishedPrices(own).apis.map(({name}) => name);
  return listed(choice).flatMap((book, index) => {
    if (typeof book !== 'string' || known.includes(book)) return [];
    const nearest = nearestName(book, known);
    return {
      code: 'configuration.invalid-value',
      path: Array.isArray(choice) ? ['cost', 'priceBook', index] : ['cost', 'priceBook'],
      text: `is ${JSON.stringify(book)}, but the name of a known price book was expected`,
      remedy:
        nearest === undefined
          ? `Use one of ${known.join(', ')}, or add it to prices.yaml.`
          : `Did you mean ${nearest}?`,
    };
  });
}

function listed(choice: Choice) {
  return Array.isArray(choice) ? choice : [choice];
}

function apiOf(book: ReturnType<typeof listed>[number], {apis}: PublishedPrices): ApiPrice | undefined {
  if (typeof book === 'string') return apis.find(({name}) => name === book);
  return {
    name: book.name,
    model: book.name,
    input: book.inputUsdPerMillionTokens,
    cachedInput: book.cachedInputUsdPerMillionTokens,
    output: book.outputUsdPerMillionTokens,
    asOf: book.asOf,
    source: 'cost.priceBook',
  };
}
