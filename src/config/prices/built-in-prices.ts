import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {PublishedPrices} from '../../domain/cost/published-prices.ts';
import {errorCode} from '../../shared/error-code.ts';
import {parsePriceFile} from './price-file.ts';

/** Above the built files, and above the sources. */
const PLACES = ['../prices/price-book.yaml', '../../../prices/price-book.yaml'];

let known: PublishedPrices | null = null;

/** The prices of this package, read when they are first asked for. */
export function builtInPrices(): PublishedPrices {
  known ??= readPrices();
  return known;
}

function readPrices(): PublishedPrices {
  for (const place of PLACES) {
    const url = new URL(place, import.meta.url);
    const text = readIfThere(url);
    if (text === null) continue;
    const prices = parsePriceFile(text, fileURLToPath(url));
    if (!prices.ok) throw new Error(`${prices.error.message} Install Gantry again.`);
    return prices.value;
  }
  throw new Error('prices/price-book.yaml is not in the package. Install Gantry again.');
}

function readIfThere(url: URL): string | null {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
