import {describe, expect, test} from 'vitest';
import {parseConfigurationText} from '../../src/config/configuration-file.ts';
import {combineConfiguration} from '../../src/config/load-configuration.ts';
import {toNodeBilling} from '../../src/config/schema/node-cost-schema.ts';
import {priceDocumentAt} from '../../src/domain/cost/price-document.ts';

const FILE = '/etc/gantry/gantry.yaml';

function load(cost: string, env: Record<string, string> = {}) {
  const file = parseConfigurationText(`cost:\n  ${cost.replaceAll('\n', '\n  ')}\n`, FILE);
  return file.ok ? combineConfiguration(file.value, FILE, env) : file;
}

function billingOf(cost: string, env: Record<string, string> = {}) {
  const loaded = load(cost, env);
  if (!loaded.ok) throw new Error(loaded.error.message);
  return toNodeBilling(loaded.value.configuration.cost);
}

function failureOf(cost: string): string {
  const loaded = load(cost);
  return loaded.ok ? 'accepted' : loaded.error.message;
}

describe('what the node costs', () => {
  test('without a word of it nothing is known, and it is paid for since Gantry watches', () => {
    expect(billingOf('priceBook: openrouter')).toEqual({
      billedSinceMs: null,
      billedUntilMs: null,
      microUsdPerHour: null,
      dated: [],
      microUsdPerKilowattHour: null,
    });
  });

  test('is a price, dated prices in any order, and the time that is paid for', () => {
    const text = `nodeUsdPerHour: 28.80
billedSince: 2026-11-01T00:00:00+01:00
billedUntil: 2026-12-01T00:00Z
nodePrices:
  - {from: 2026-11-20T00:00:00Z, usdPerHour: 30.000001}
  - {from: 2026-11-10T00:00:00Z, usdPerHour: 24}`;
    expect(billingOf(text)).toEqual({
      billedSinceMs: Date.UTC(2026, 9, 31, 23),
      billedUntilMs: Date.UTC(2026, 11, 1),
      microUsdPerHour: 28_800_000,
      dated: [
        {fromMs: Date.UTC(2026, 10, 10), microUsdPerHour: 24_000_000},
        {fromMs: Date.UTC(2026, 10, 20), microUsdPerHour: 30_000_001},
      ],
      microUsdPerKilowattHour: null,
    });
  });

  test('of an owned node is its purchase over the months and its place, and its electricity apart', () => {
    const owned = '{purchaseUsd: 300000, months: 36, colocationUsdPerMonth: 1500, usdPerKilowattHour: 0.12}';
    expect(billingOf(`owned: ${owned}`)).toMatchObject({
      microUsdPerHour: 13_470_320,
      microUsdPerKilowattHour: 120_000,
    });
    expect(billingOf('priceBook: moonshot', {GANTRY_COST_OWNED: owned}).microUsdPerHour).toBe(13_470_320);
    expect(billingOf(`owned: ${owned}`).dated).toEqual([]);
  });

  test('of an owned node is only its place after its months, which are of 730 hours and begin with the bill or at a time of their own', () => {
    const at = (since: string) =>
      `{purchaseUsd: 300000, months: 36, ${since}colocationUsdPerMonth: 1460, usdPerKilowattHour: 0.12}`;
    const end = {fromMs: Date.UTC(2026, 11, 31), microUsdPerHour: 2_000_000};
    expect(billingOf(`billedSince: 2024-01-01T00:00:00Z\nowned: ${at('')}`).dated).toEqual([end]);
    const owned = billingOf(`billedSince: 2026-11-01T00:00:00Z\nowned: ${at('since: 2024-01-01T00:00:00Z, ')}`);
    expect(owned.dated).toEqual([end]);
    const perHour = (wallMs: number) => priceDocumentAt(owned, [], wallMs).node.microUsdPerHour;
    expect([perHour(end.fromMs - 1), perHour(end.fromMs)]).toEqual([13_415_525, 2_000_000]);
  });

  test('is shown with its key', () => {
    const loaded = load(
      'nodePrices: [{from: 2026-11-20T00:00:00Z, usdPerHour: 30}]\npriceBook: [moonshot, openrouter]',
    );
    const values = loaded.ok ? loaded.value.values : [];
    const shown = new Map(values.map(({key, value}) => [key, value]));
    expect(shown.get('cost.nodePrices')).toEqual(['$30.00/h from 2026-11-20T00:00:00Z']);
    expect(shown.get('cost.priceBook')).toBe('moonshot, openrouter');
    expect(shown.get('cost.owned')).toBeNull();
  });
});

test('several price books are read from a variable too', () => {
  const loaded = load('nodeUsdPerHour: 3', {GANTRY_COST_PRICE_BOOK: '[openrouter, moonshot]'});
  expect(loaded.ok && loaded.value.prices().compared.map(({name}) => name)).toEqual(['openrouter', 'moonshot']);
});

test.each([
  ['nodeUsdPerHour: -3', '2:19: cost.nodeUsdPerHour is -3, but a number of at least 0 was expected'],
  [
    'nodeUsdPerHour: 28.8000001',
    'cost.nodeUsdPerHour is 28.8000001, but a number with at most 6 decimals was expected',
  ],
  ['billedSince: 2026-11-01', 'cost.billedSince is "2026-11-01", but a time with its zone, such as'],
  ['billedSince: 2026-11-01T00:00:00', 'cost.billedSince is "2026-11-01T00:00:00", but a time with its zone'],
  [
    'billedSince: 2026-02-29T00:00Z',
    'cost.billedSince is "2026-02-29T00:00Z", but a day of the calendar, which 2026-02-29 is not, was expected',
  ],
  ['billedSince: 2026-13-01T00:00:00+01:00', 'but a day of the calendar, which 2026-13-01 is not, was expected'],
  ['billedSince: 2026-11-01T25:00Z', 'cost.billedSince is "2026-11-01T25:00Z", but a time of day from 00:00 to 23:59'],
  ['billedSince: 2026-11-01T24:00:00Z', 'but a time of day from 00:00 to 23:59'],
  ['billedUntil: 2026-11-01T00:00:60Z', 'but a time of day from 00:00 to 23:59, with up to 59 seconds, was expected'],
  ['nodePrices: [{from: "2026-11-01T00:00+24:00", usdPerHour: 1}]', 'a zone within +-23:59, which +24:00 is not,'],
  [
    'billedSince: 2026-11-02T00:00:00Z\nbilledUntil: 2026-11-02T00:00:00+00:00',
    '3:16: cost.billedUntil is "2026-11-02T00:00:00+00:00", but a time after billedSince was expected',
  ],
  [
    'nodePrices: [{from: 2026-11-02T00:00:00Z, usdPerHour: -1}]',
    'cost.nodePrices.0.usdPerHour is -1, but a number of at least 0',
  ],
  ['nodePrices: [{from: yesterday, usdPerHour: 1}]', 'cost.nodePrices.0.from is "yesterday", but a time with its zone'],
  ['nodePrices: [{from: 2026-11-02T00:00:00Z, usd: 1}]', 'cost.nodePrices.0.usd is not a valid key'],
  [
    'nodePrices: [{from: 2026-11-02T01:00:00+01:00, usdPerHour: 1}, {from: 2026-11-02T00:00:00Z, usdPerHour: 2}]',
    'but each time once was expected',
  ],
  ['owned: {purchaseUsd: 3, months: 0}', 'cost.owned.months is 0, but a number above 0 was expected'],
  ['owned: {purchaseUsd: 3, months: 1.5}', 'cost.owned.months is 1.5, but a whole number was expected'],
  ['owned: {purchaseUsd: 3, months: 3}\nnodeUsdPerHour: 3', 'but no other price of the node next to it was expected'],
  ['priceBook: []', 'cost.priceBook is [], but a list of at least 1 was expected'],
  [
    'priceBook: [moonshot, moonshoot]',
    'cost.priceBook.1 is "moonshoot", but the name of a known price book was expected',
  ],
])('%s is refused with its place', (cost, message) => {
  expect(failureOf(cost)).toContain(message);
});
