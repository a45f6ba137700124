import {z} from 'zod';

const usdPerMillionTokens = z.number().nonnegative();

/** What a metered API charges, and the date it was read: prices change. */
export const priceBookSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the price list, as shown.'),
  asOf: z.iso.date().describe('Date the price was read, as YYYY-MM-DD.'),
  inputUsdPerMillionTokens: usdPerMillionTokens.describe('USD per million prompt tokens that were not cached.'),
  cachedInputUsdPerMillionTokens: usdPerMillionTokens.describe('USD per million prompt tokens read from a cache.'),
  outputUsdPerMillionTokens: usdPerMillionTokens.describe('USD per million generated tokens.'),
});
export type PriceBook = z.infer<typeof priceBookSchema>;

/** The built-in price books. */
export const priceBookNames = ['moonshot', 'moonshot-highspeed', 'openrouter'] as const;
export type PriceBookName = (typeof priceBookNames)[number];

/** Published prices: Moonshot's as verified on 2026-07-24, OpenRouter's of the models.dev snapshot of 2026-07-02. */
const priceBooks: Readonly<Record<PriceBookName, PriceBook>> = {
  moonshot: {
    name: 'Moonshot kimi-k2.7-code',
    asOf: '2026-07-24',
    inputUsdPerMillionTokens: 0.95,
    cachedInputUsdPerMillionTokens: 0.19,
    outputUsdPerMillionTokens: 4,
  },
  'moonshot-highspeed': {
    name: 'Moonshot kimi-k2.7-code-highspeed',
    asOf: '2026-07-24',
    inputUsdPerMillionTokens: 1.9,
    cachedInputUsdPerMillionTokens: 0.38,
    outputUsdPerMillionTokens: 8,
  },
  openrouter: {
    name: 'OpenRouter moonshotai/kimi-k2.7-code',
    asOf: '2026-07-02',
    inputUsdPerMillionTokens: 0.74,
    cachedInputUsdPerMillionTokens: 0.15,
    outputUsdPerMillionTokens: 3.5,
  },
};

/** The price book with this name; prices given by the operator are returned unchanged. */
export function findPriceBook(choice: PriceBookName | PriceBook): PriceBook {
  return typeof choice === 'string' ? priceBooks[choice] : choice;
}
