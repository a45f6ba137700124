import {z} from 'zod';
import {MS_PER_DAY} from '../../shared/units.ts';
import {asOfMs, asOfSchema, type PriceBook, usdSchema} from './price-book.ts';

/** An older price is likely to have changed. */
const STALE_AFTER_DAYS = 90;
const LONGEST_NAME = 60;
const LONGEST_SOURCE = 300;

const name = z.string().trim().min(1).max(LONGEST_NAME);
const dated = {asOf: asOfSchema, source: z.string().min(1).max(LONGEST_SOURCE).describe('Where the price was read.')};

const apiShape = {
  name,
  model: name,
  input: usdSchema.describe('USD per million prompt tokens that were not cached.'),
  cachedInput: usdSchema.nullable().describe('USD per million prompt tokens read from a cache; null: as input.'),
  output: usdSchema.describe('USD per million generated tokens.'),
  ...dated,
};
const gpuShape = {card: name, provider: name, low: usdSchema, high: usdSchema, ...dated};
const ownershipShape = {card: name, usdPerGpuHour: usdSchema, ...dated};

const apiPriceSchema = z.strictObject(apiShape).readonly();
/** What an API charges, USD per million tokens. */
export type ApiPrice = z.infer<typeof apiPriceSchema>;

const gpuRentSchema = z
  .strictObject(gpuShape)
  .refine(({low, high}) => high >= low, {path: ['high'], message: 'at least the number of low'})
  .readonly();
/** What a kind of provider asks for a GPU, USD per hour on demand. */
export type GpuRent = z.infer<typeof gpuRentSchema>;

const ownershipSchema = z.strictObject(ownershipShape).readonly();
/** What a GPU costs who owns it, USD per hour. */
export type Ownership = z.infer<typeof ownershipSchema>;

/** A file of prices. */
export const publishedPricesSchema = z
  .strictObject({
    apis: z.array(apiPriceSchema).readonly().default([]),
    gpus: z.array(gpuRentSchema).readonly().default([]),
    ownership: z.array(ownershipSchema).readonly().default([]),
  })
  .readonly();
export type PublishedPrices = z.infer<typeof publishedPricesSchema>;

/** The keys of an entry, by its list. */
export const entryKeys: ReadonlyMap<PropertyKey, readonly string[]> = new Map([
  ['apis', Object.keys(apiShape)],
  ['gpus', Object.keys(gpuShape)],
  ['ownership', Object.keys(ownershipShape)],
]);

/** What names each entry of a file; two entries of one list do not share it. */
export const entryNames = {
  apis: (api: ApiPrice) => api.name,
  gpus: ({card, provider}: GpuRent) => `${card} of ${provider}`,
  ownership: ({card}: Ownership) => card,
} as const;

/** The entries of both, and of one name those of `own`. */
export function withOwnPrices(published: PublishedPrices, own: PublishedPrices): PublishedPrices {
  return {
    apis: replaced(published.apis, own.apis, entryNames.apis),
    gpus: replaced(published.gpus, own.gpus, entryNames.gpus),
    ownership: replaced(published.ownership, own.ownership, entryNames.ownership),
  };
}

function replaced<Entry>(entries: readonly Entry[], own: readonly Entry[], nameOf: (entry: Entry) => string): Entry[] {
  return [...new Map([...entries, ...own].map((entry) => [nameOf(entry), entry])).values()];
}

/**
 * True for a price that was read more than 90 days before `nowMs`, and for one from the future, whose age is unknown. A
 * month counts from its first day; a day may have begun elsewhere.
 */
export function isStale({asOf}: Pick<ApiPrice, 'asOf'>, nowMs: number): boolean {
  const ageMs = nowMs - (asOfMs(asOf) ?? 0);
  return ageMs > STALE_AFTER_DAYS * MS_PER_DAY || ageMs < -MS_PER_DAY;
}

/** The price book of an API, with a price for each kind of token. */
export function priceBookOf({name: bookName, model, asOf: date, input, cachedInput, output}: ApiPrice): PriceBook {
  return {
    name: bookName === model ? bookName : `${bookName} ${model}`,
    asOf: date,
    inputUsdPerMillionTokens: input,
    cachedInputUsdPerMillionTokens: cachedInput ?? input,
    outputUsdPerMillionTokens: output,
  };
}
