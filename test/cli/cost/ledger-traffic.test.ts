import {expect, test} from 'vitest';
import type {CostDocument, CostRow} from '../../../src/api/cost/cost-values.ts';
import {trafficOf} from '../../../src/cli/cost/ledger-traffic.ts';
import {rounded} from '../../../src/domain/cost/rational.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';

const none = {input: 0, cached: 0, output: 0};

const usual: CostRow = {
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
  isNodeShared: false,
  apis: [],
  isApiAtMost: false,
  savedMicroUsd: {absent: 'not here'},
  microUsdPerMillionTokens: {absent: 'not here'},
};

function documentOf(changes: Partial<CostRow> = {}, others: readonly Partial<CostRow>[] = []): CostDocument {
  const total = {...usual, ...changes};
  const key = {of: 'time' as const, startMs: 0};
  return {
    schemaVersion: 1,
    simulated: false,
    sinceMs: Date.UTC(2026, 10, 1),
    untilMs: Date.UTC(2026, 10, 28),
    coveredUntilMs: Date.UTC(2026, 10, 27),
    by: 'day',
    books: [],
    rows: [total, ...others.map((other) => ({...total, ...other}))].map((row) => ({...row, key})),
    total,
  };
}

test('mix, cached share, tokens of a month and price are those of the clients in all the time that is booked', () => {
  const traffic = trafficOf(documentOf());
  if (!traffic.ok) throw new Error(traffic.error.message);
  const {mix, cachedOfInput, tokensPerMonth, utilization, usdPerHour, origin} = traffic.value;
  expect([mix.input, mix.cachedInput, mix.output].map((ratio) => rounded(ratio, 4))).toEqual([0.0952, 0.8571, 0.0476]);
  expect(rounded(cachedOfInput, 6)).toBe(0.9);
  expect(rounded(tokensPerMonth, 0)).toBe(21_000_000 * 73);
  expect(usdPerHour === null ? null : rounded(usdPerHour.low, 6)).toBe(28.8);
  expect(utilization === null ? null : [rounded(utilization.share, 6), utilization.origin]).toEqual([
    0.5,
    "this node's ledger: 5h 00m of 10h 00m",
  ]);
  expect(origin).toBe("this node's ledger from 2026-11-01 to 2026-11-27, 10h 00m of it watched");
});

test('the busy rate is what 95 of 100 watched hours have at most, without cached input and hours of which little was seen', () => {
  const hour = (client: CostRow['tokens']['client'], servingMs = MS_PER_HOUR): Partial<CostRow> => ({
    tokens: {...usual.tokens, client},
    timeMs: {serving: servingMs, idle: 0, starting: 0, down: 0, unobserved: 0},
  });
  const busy = {input: 3_600_000, cached: 9_000_000, output: 360_000};
  const busyHours = (count: number, others: readonly Partial<CostRow>[] = []) => {
    const hours = Array.from({length: 99}, (_, index) => hour(index < count ? busy : {...none, output: 3_600}));
    const traffic = trafficOf(documentOf(hour(none), [...hours, ...others]));
    return traffic.ok ? traffic.value.busy : null;
  };
  expect(busyHours(5)).toEqual({computedTokensPerSecond: 1, outputTokensPerSecond: 1});
  expect(busyHours(6)).toEqual({computedTokensPerSecond: 1_100, outputTokensPerSecond: 100});
  expect(busyHours(5, [hour(busy, 299_999)])).toEqual({computedTokensPerSecond: 1, outputTokensPerSecond: 1});
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

test('time of which nothing is known and hours from before the ledger say nothing about a month', () => {
  const nothing = {serving: 0, idle: 0, starting: 0, down: 0, unobserved: 0};
  const more = documentOf({}, [{timeMs: nothing}, {timeMs: {...nothing, unobserved: 240 * MS_PER_HOUR}}]);
  const partly = documentOf({timeMs: {...usual.timeMs, unobserved: 10 * MS_PER_HOUR}});
  for (const document of [more, partly]) {
    const traffic = trafficOf(document);
    if (!traffic.ok) throw new Error(traffic.error.message);
    expect(rounded(traffic.value.tokensPerMonth, 0)).toBe(21_000_000 * 73);
    expect(traffic.value.utilization?.origin).toBe("this node's ledger: 5h 00m of 10h 00m");
  }
});

test('less than five minutes say nothing of a month', () => {
  const timeMs = {serving: 30_000, idle: 0, starting: 200_000, down: 0, unobserved: 0};
  expect(trafficOf(documentOf({timeMs}))).toMatchObject({
    ok: false,
    error: {code: 'usage.ledger', message: 'The ledger has only 3m 50s, too little for a month, since 2026-11-01.'},
  });
});
