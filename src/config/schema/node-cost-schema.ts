import {z} from 'zod';
import {priceBookSchema, usdSchema} from '../../domain/cost/price-book.ts';
import {processText} from '../../domain/settings/launch-settings.ts';

export const DEFAULT_PRICE_BOOK = 'moonshot';
/** More than anyone compares on one screen. */
const MOST_BOOKS = 20;

/** Not of the characters of a YAML list: a variable may have one. */
const bookName = processText.regex(/^[\p{L}\d][\p{L}\d ._:/@+-]*$/u, 'the name of a price book');

/** `gantry.yaml`, section `cost`. */
export const costSchema = z.strictObject({
  nodeUsdPerHour: usdSchema
    .nullable()
    .default(null)
    .describe('Cost of this node in USD per hour, all GPUs together; null when unknown.'),
  priceBook: z
    .union([
      bookName,
      z
        .array(z.union([bookName, priceBookSchema]))
        .min(1)
        .max(MOST_BOOKS),
      priceBookSchema,
    ])
    .default(DEFAULT_PRICE_BOOK)
    .describe(
      'The metered API to compare with: its name in prices/price-book.yaml or in prices.yaml next to this file, or your own prices with their date. A list compares with several, and the first gives the verdict.',
    ),
});
