import {z} from 'zod';
import {HOURS_PER_MONTH, ownedMicroUsdPerHour} from '../../domain/cost/exact-money.ts';
import {priceBookSchema, usdSchema} from '../../domain/cost/price-book.ts';
import {exactMillionths, type NodeBilling} from '../../domain/cost/price-document.ts';
import {processText} from '../../domain/settings/launch-settings.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';

/** The first gives the verdict: the model's own API. Next to it the one that most others are compared with. */
export const DEFAULT_PRICE_BOOKS = ['moonshot', 'openrouter'];
/** More than anyone compares on one screen. */
const MOST_BOOKS = 20;
const MOST_DATED = 200;
const MOST_MONTHS = 1200;

/** Not of the characters of a YAML list: a variable may have one. */
const bookName = processText.regex(/^[\p{L}\d][\p{L}\d ._:/@+-]*$/u, 'the name of a price book');
/** With seconds, or without. */
const moment = z.union([z.iso.datetime({offset: true}), z.iso.datetime({offset: true, precision: -1})]);

const datedPriceSchema = z.strictObject({
  from: moment.describe('From when this price applies, with its time zone: 2026-11-01T00:00:00+01:00.'),
  usdPerHour: usdSchema.describe('Price of the node, USD per hour.'),
});

const ownedNodeSchema = z.strictObject({
  purchaseUsd: usdSchema.describe('What the node cost, USD.'),
  months: z.int().positive().max(MOST_MONTHS).describe('Over how many months of 730 hours that is spread.'),
  since: moment
    .nullable()
    .default(null)
    .describe(
      'From when these months count, with its time zone: 2026-01-15T00:00:00Z; null: from cost.billedSince. After them only colocation and electricity are left to pay.',
    ),
  colocationUsdPerMonth: usdSchema.default(0).describe('What its place costs, USD per month.'),
  usdPerKilowattHour: usdSchema
    .nullable()
    .default(null)
    .describe('Price of electricity, USD per kWh, for what the GPUs draw by their own sensors; null leaves it out.'),
});

/** `gantry.yaml`, section `cost`. */
export const nodeCostSchema = z
  .strictObject({
    nodeUsdPerHour: usdSchema
      .nullable()
      .default(null)
      .describe(
        'Cost of this node in USD per hour, all GPUs together; null when unknown. Dated prices come before it.',
      ),
    nodePrices: z
      .array(datedPriceSchema)
      .max(MOST_DATED)
      .refine(areDistinct, 'each time once')
      .default([])
      .describe(
        'Dated prices of this node, each from its time on: [{from: 2026-11-01T00:00:00Z, usdPerHour: 24}]. What is booked already keeps its price.',
      ),
    owned: ownedNodeSchema
      .nullable()
      .default(null)
      .describe(
        'In place of a price per hour, for a node that is owned: {purchaseUsd: 300000, months: 36, colocationUsdPerMonth: 1500, usdPerKilowattHour: 0.12}.',
      ),
    billedSince: moment
      .nullable()
      .default(null)
      .describe(
        'Since when the node is paid for, with its time zone: 2026-11-01T00:00:00+01:00; null: since Gantry first watched it.',
      ),
    billedUntil: moment
      .nullable()
      .default(null)
      .describe('Until when the node is paid for, with its time zone; null: for as long as Gantry watches it.'),
    priceBook: z
      .union([
        bookName,
        z
          .array(z.union([bookName, priceBookSchema]))
          .min(1)
          .max(MOST_BOOKS),
        priceBookSchema,
      ])
      .default(DEFAULT_PRICE_BOOKS)
      .describe(
        'The metered APIs to compare with, the first for the verdict: names in prices/price-book.yaml or in prices.yaml next to this file, or your own prices with their date. One alone needs no list.',
      ),
  })
  .superRefine(({billedSince, billedUntil, owned, nodeUsdPerHour, nodePrices}, context) => {
    if (billedSince !== null && billedUntil !== null && Date.parse(billedUntil) <= Date.parse(billedSince)) {
      context.addIssue({code: 'custom', path: ['billedUntil'], message: 'a time after billedSince'});
    }
    if (owned !== null && (nodeUsdPerHour !== null || nodePrices.length > 0)) {
      context.addIssue({code: 'custom', path: ['owned'], message: 'no other price of the node next to it'});
    }
  });

function areDistinct(dated: readonly {readonly from: string}[]): boolean {
  return new Set(dated.map(({from}) => Date.parse(from))).size === dated.length;
}

/** What the node costs by the configuration; `unset` is the price in USD per hour where it has none. */
export function toNodeBilling(cost: z.output<typeof nodeCostSchema>, unset: number | null = null): NodeBilling {
  const {nodeUsdPerHour, nodePrices, owned, billedSince, billedUntil} = cost;
  const usdPerHour = nodeUsdPerHour ?? (nodePrices.length === 0 ? unset : null);
  return {
    billedSinceMs: billedSince === null ? null : Date.parse(billedSince),
    billedUntilMs: billedUntil === null ? null : Date.parse(billedUntil),
    dated:
      owned === null
        ? nodePrices
            .map(({from, usdPerHour: usd}) => ({fromMs: Date.parse(from), microUsdPerHour: exactMillionths(usd)}))
            .toSorted((a, b) => a.fromMs - b.fromMs)
        : writtenOff(owned, billedSince),
    microUsdPerHour: owned === null ? (usdPerHour === null ? null : exactMillionths(usdPerHour)) : ofOwned(owned),
    microUsdPerKilowattHour:
      owned?.usdPerKilowattHour === undefined || owned.usdPerKilowattHour === null
        ? null
        : exactMillionths(owned.usdPerKilowattHour),
  };
}

/** The price of a node that is owned from the end of its months on: its place. Without a beginning that is never. */
function writtenOff(owned: z.output<typeof ownedNodeSchema>, billedSince: string | null): NodeBilling['dated'] {
  const since = owned.since ?? billedSince;
  if (since === null) return [];
  const fromMs = Date.parse(since) + owned.months * HOURS_PER_MONTH * MS_PER_HOUR;
  return [{fromMs, microUsdPerHour: ofOwned({...owned, purchaseUsd: 0})}];
}

function ofOwned({purchaseUsd, months, colocationUsdPerMonth}: z.output<typeof ownedNodeSchema>): number {
  return ownedMicroUsdPerHour({
    purchaseMicroUsd: exactMillionths(purchaseUsd),
    months,
    colocationMicroUsdPerMonth: exactMillionths(colocationUsdPerMonth),
  });
}
