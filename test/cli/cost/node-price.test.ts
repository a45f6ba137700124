import {describe, expect, test} from 'vitest';
import {type PricedNode, type PriceOptions, priceOfNode} from '../../../src/cli/cost/node-price.ts';
import {builtInPrices} from '../../../src/config/prices/built-in-prices.ts';
import {rational, rounded} from '../../../src/domain/cost/rational.ts';
import {parseNodeSpec} from '../../../src/domain/memory/node-spec.ts';

const booked = {low: rational(28), high: rational(28)};

function priced(spec: string, ledger: PricedNode['ledger'] = null, options: PriceOptions = {}) {
  const node = parseNodeSpec(spec);
  if (!node.ok) throw new Error(node.error.message);
  const price = priceOfNode(options, {spec, node: node.value, hours: rational(1), published: builtInPrices(), ledger});
  if (!price.ok) return price.error.code;
  const {usdPerMonth, priceOrigin} = price.value;
  return [rounded(usdPerMonth.low, 2), rounded(usdPerMonth.high, 2), priceOrigin];
}

describe('the price of a node', () => {
  test.each(['8xH100', '8xh100', 'H100x8', '1x8xH100', '8 x H100 80GB HBM3', '8xNVIDIA H100 80GB HBM3'])(
    'is that of the published guide for its node, also as %s',
    (spec) => {
      expect(priced(spec)).toEqual([16, 24, "the published guide's"]);
    },
  );

  test.each(['8xH200', 'h200x8', '8xNVIDIA H200'])('is what the ledger has for this node, also as %s', (spec) => {
    expect(priced(spec, {usdPerHour: booked, gpus: '8xNVIDIA H200'})).toEqual([28, 28, "by this node's ledger"]);
    expect(priced(spec, {usdPerHour: booked, gpus: null})).toEqual([28, 28, "by this node's ledger"]);
  });

  test('is the rent of the cards for another node, or where the ledger has no price', () => {
    const rent = [28, 36.32, 'rent of a H200, specialty, as of 2026-05'];
    expect(priced('8xH200', {usdPerHour: booked, gpus: '8xNVIDIA B200'})).toEqual(rent);
    expect(priced('8xH200', {usdPerHour: null, gpus: '8xNVIDIA H200'})).toEqual(rent);
  });

  test('of one that is owned is its purchase, place and electricity, as a sum that can be computed again', () => {
    const owned = {
      purchaseUsd: rational(300_000),
      months: rational(36),
      colocationUsd: rational(1_500),
      watts: rational(8_000),
      usdPerKwh: rational(12, 100),
    };
    const sum = 'owned: $300,000.00 / 36 months + $1,500.00 + 8000 W x 1 h x $0.12/kWh';
    expect(priced('8xH200', null, owned)).toEqual([9834.29, 9834.29, sum]);
  });

  test('of owned cards is their published cost, which is no rent', () => {
    const source = 'SemiAnalysis, SemiAnalysisAI/InferenceX-app@77ca49a';
    expect(priced('8xB300', null, {owned: true})).toEqual([
      ...[18.72, 18.72],
      `cost of an owned B300, as of 2026-04-03; ${source}`,
    ]);
    expect(priced('8xH100', {usdPerHour: booked, gpus: '8xH100'}, {owned: true})).toContain(10.4);
    expect(priced('8xL4', null, {owned: true})).toBe('usage.price');
    expect(priced('8xB300')).toBe('usage.price');
  });

  test('is as given before anything else; a card without a rent needs that', () => {
    const given = {usdPerGpuHour: {low: rational(2), high: rational(3)}};
    expect(priced('8xH100', {usdPerHour: booked, gpus: '8xH100'}, given)).toEqual([16, 24, 'as given, per GPU']);
    expect(priced('8xL4')).toBe('usage.price');
    expect(['8xH100 NVL', '4xH100-PCIe', '8xH200 NVL'].map((spec) => priced(spec))).toEqual(
      Array(3).fill('usage.price'),
    );
  });
});
