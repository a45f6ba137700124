import {expect, test} from 'vitest';
import type {CostDocument} from '../../../src/api/cost/cost-values.ts';
import {trafficOf} from '../../../src/cli/cost/ledger-traffic.ts';
import {rounded} from '../../../src/domain/cost/rational.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';

const none = {input: 0, cached: 0, output: 0};

function documentOf(total: Partial<CostDocument['total']> = {}): CostDocument {
  return {
    schemaVersion: 1,
    simulated: false,
    sinceMs: Date.UTC(2026, 10, 1),
    untilMs: Date.UTC(2026, 10, 28),
    coveredUntilMs: Date.UTC(2026, 10, 27),
    by: 'day',
    books: [],
    rows: [],
    total: {
      tokens: {
        client: {input: 2_000_000, cached: 18_000_000, output: 1_000_000},
        own: none,
        bench: none,
        refused: none,
      },
      gapTokens: 0,
      timeMs: {
        serving: 5 * MS_PER_HOUR,
        idle: 3 * MS_PER_HOUR,
        starting: MS_PER_HOUR,
        down: MS_PER_HOUR,
        unobserved: 0,
      },
      gapMs: 0,
      nodeMicroUsd: 288_000_000,
      nodeMicroUsdByState: {absent: 'not here'},
      isNodeEstimate: false,
      apis: [],
      isApiAtMost: false,
      savedMicroUsd: {absent: 'not here'},
      microUsdPerMillionTokens: {absent: 'not here'},
      ...total,
    },
  };
}

test('mix, cached share, tokens of a month and price are those of the clients in all the time that is booked', () => {
  const traffic = trafficOf(documentOf());
  if (!traffic.ok) throw new Error(traffic.error.message);
  const {mix, cachedOfInput, tokensPerMonth, usdPerHour, origin} = traffic.value;
  expect([mix.input, mix.cachedInput, mix.output].map((ratio) => rounded(ratio, 4))).toEqual([0.0952, 0.8571, 0.0476]);
  expect(rounded(cachedOfInput, 6)).toBe(0.9);
  expect(rounded(tokensPerMonth, 0)).toBe(21_000_000 * 73);
  expect(usdPerHour === null ? null : rounded(usdPerHour.low, 6)).toBe(28.8);
  expect(origin).toBe("this node's ledger from 2026-11-01 to 2026-11-27, 10h 00m of it booked");
});

test('without a price of the node there is none here, and unknown cached input is named', () => {
  const traffic = trafficOf(documentOf({nodeMicroUsd: {absent: 'the node has no price'}, isApiAtMost: true}));
  expect(traffic).toMatchObject({
    ok: true,
    value: {usdPerHour: null, origin: expect.stringContaining('counted as new')},
  });
});

test('a time without tokens of clients is an error with what to do', () => {
  const tokens = {client: none, own: {input: 5, cached: 0, output: 5}, bench: none, refused: none};
  expect(trafficOf(documentOf({tokens}))).toMatchObject({ok: false, error: {code: 'usage.ledger'}});
});

test('less than five minutes say nothing of a month', () => {
  const timeMs = {serving: 30_000, idle: 0, starting: 200_000, down: 0, unobserved: 0};
  expect(trafficOf(documentOf({timeMs}))).toMatchObject({
    ok: false,
    error: {code: 'usage.ledger', message: 'The ledger has only 3m 50s, too little for a month, since 2026-11-01.'},
  });
});
