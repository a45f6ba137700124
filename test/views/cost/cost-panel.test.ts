import {describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {buildConsoleData, buildSnapshot, costOfNode, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf} from '../draw.ts';

const size = {columns: 56, rows: 9};
const withCost = (cost: ReturnType<typeof costOfNode>) => buildConsoleData({snapshot: {...buildSnapshot(), cost}});
const unset = absent('not configured');

/** The money as it is where nobody has set what the node costs. */
function unpriced() {
  const cost = costOfNode();
  const {hour} = cost.windows;
  if ('absent' in hour) throw new Error('no hour');
  const of = {
    ...hour,
    nodeMicroUsd: unset,
    nodeMicroUsdPerHour: unset,
    nodeMicroUsdPerMillionTokens: unset,
    apis: hour.apis.map((api) => ({...api, savedMicroUsd: unset, savedMicroUsdPerHour: unset})),
  };
  const windows = {fiveMinutes: of, hour: of, day: of, today: of, month: of};
  return {...cost, nodeUsdPerHour: unset, breakEven: unset, windows};
}

describe('the cost panel', () => {
  test('says whether an hour of the node is worth its price, then why', () => {
    expect(pictureOf('cost', buildConsoleData(), size)).toMatchInlineSnapshot(`
      "
      [Worth it? | last 1h, list prices]
      saves $26.51/h · node $20.00/h · API $46.51/h
      break-even 6,837 tok/s ████████████████████████  233 %
      today: node $240.00 · API $251.16 · saved $11.16
      tokens: node $0.35/M · API $0.81/M · served 100 %
      mix: new 22 % · cached 66 % · out 12 %
      month: node $5,040.00 · API $5,832.14 · saved $792.14
      prices: Moonshot kimi-k2.7-code, 2026-11-01
      "
    `);
    expect(pictureOf('cost', buildConsoleData(), {columns: 36, rows: 2})).toMatchInlineSnapshot(`
      "
      [Worth it? | last 1h, list prices]
      saves $26.51/h · node $20.00/h
      break-even 6,837 tok/s ██████  233 %
      "
    `);
  });

  test('before five minutes there is no money but the price of the node, and how long until there is', () => {
    const early = absent('measured 2m 10s of 5m 00s');
    const windows = {fiveMinutes: early, hour: early, day: early, today: early, month: early};
    const picture = pictureOf('cost', withCost({...costOfNode(), windows, breakEven: early}), size);
    expect(picture).toContain('node $20.00/h · API – · measured 2m 10s of 5m 00s');
    expect(picture.match(/\$/g)).toHaveLength(1);
  });

  test.each([
    [0.9951, '99 %'],
    [0.9999, '99 %'],
    [1, '100 %'],
    [0.452, '45 %'],
  ])('of %f of break-even says %s: nothing that loses has reached it', (reachedRatio, text) => {
    const breakEven = {tokensPerSecond: 6_837, reachedRatio, mixOf: 'hour'} as const;
    expect(pictureOf('cost', withCost({...costOfNode(), breakEven}), size)).toContain(` ${text}\n`);
  });

  test('of less than an hour says of how much', () => {
    const cost = costOfNode();
    const {hour} = cost.windows;
    if ('absent' in hour) throw new Error('no hour');
    const windows = {...cost.windows, hour: {...hour, coveredMs: 23 * MS_PER_MINUTE + 20_000}};
    expect(pictureOf('cost', withCost({...cost, windows}), size)).toContain('last 23m, list prices');
  });

  test('of a node that nobody uses has since when and what that has cost', () => {
    const idle = costOfNode({state: 'idle', sinceMs: TEST_NOW_MS - 47 * MS_PER_MINUTE});
    const picture = pictureOf('cost', withCost(idle), size);
    expect(picture).toContain('idle 47m 00s, $15.67');
    expect(picture).toMatch(/loses \$\d+\.\d\d\/h/);
  });

  test('without a price of the node says where to set it, and what the API would charge', () => {
    const picture = pictureOf('cost', withCost(unpriced()), size);
    expect(picture).toContain('set cost.nodeUsdPerHour in the configuration');
    expect(picture).toContain('node – · API would be $46.51/h');
    expect(picture).not.toMatch(/saves|loses|saved|lost/);
  });

  test('an old price is called old', () => {
    const cost = costOfNode();
    const priceBooks = cost.priceBooks.map((book) => ({...book, isStale: true}));
    expect(pictureOf('cost', withCost({...cost, priceBooks}), {...size, columns: 72})).toContain(
      '2026-11-01, older than 90 days',
    );
  });

  test('a reason is whole in the narrowest panel of 80 columns', () => {
    const breakEven = absent('no tokens in this time');
    const picture = pictureOf('cost', withCost({...costOfNode(), breakEven}), {columns: 36, rows: 2});
    expect(picture.split('\n').at(-2)).toBe('break-even – no tokens in this time');
  });
});
