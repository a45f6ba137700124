import {z} from 'zod';
import {dayStartMs} from '../../shared/quantities/moments.ts';
import {MOST_USD, millionthsOfUsd} from './exact-money.ts';

const YEAR_AND_MONTH = 'YYYY-MM'.length;

/** USD with up to six decimals, so that it is a whole number of millionths. */
export const usdSchema = z
  .number()
  .nonnegative()
  .max(MOST_USD)
  .superRefine((value, context) => {
    const millionths = millionthsOfUsd(value);
    if (!millionths.ok) context.addIssue({code: 'custom', message: millionths.error});
  });

/** When a price was read. */
export const asOfSchema = z
  .string()
  .regex(/^\d{4}-\d\d(?:-\d\d)?$/, 'a day as YYYY-MM-DD, or a month as YYYY-MM,')
  .refine((asOf) => asOfMs(asOf) !== null, 'a day of the calendar')
  .describe('When the price was read, as YYYY-MM-DD or YYYY-MM.');

/** The begin of the day or month of a price, UTC; null for one that no calendar has. */
export function asOfMs(asOf: string): number | null {
  return dayStartMs(asOf.length === YEAR_AND_MONTH ? `${asOf}-01` : asOf);
}

/** What a metered API charges, and when it was read: prices change. */
export const priceBookSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the price list, as shown.'),
  asOf: asOfSchema,
  inputUsdPerMillionTokens: usdSchema.describe('USD per million prompt tokens that were not cached.'),
  cachedInputUsdPerMillionTokens: usdSchema.describe('USD per million prompt tokens read from a cache.'),
  outputUsdPerMillionTokens: usdSchema.describe('USD per million generated tokens.'),
});
export type PriceBook = z.infer<typeof priceBookSchema>;
