import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {documentSteps, rowSteps} from '../../../../src/api/cost/cost-document.ts';
import {type CostDocument, costDocumentSchema} from '../../../../src/api/cost/cost-values.ts';
import {nodeStates, type PriceDocument, tokenSources} from '../../../../src/domain/cost/ledger/entries.ts';
import {
  EARLIER_RUN,
  type KeptTime,
  type KeptTokens,
  type LedgerHours,
  type PriceEpoch,
  type RunSettings,
} from '../../../../src/domain/cost/ledger/kept-entries.ts';
import {type BilledTime, CostReportSums} from '../../../../src/domain/cost/report/cost-report.ts';
import type {ReportKind} from '../../../../src/domain/cost/report/report-kinds.ts';
import {resultOf} from '../../../../src/history/steps.ts';
import {MS_PER_HOUR} from '../../../../src/shared/units.ts';

const DAY_MS = Date.UTC(2026, 10, 20);
const at = (hour: number): number => DAY_MS + hour * MS_PER_HOUR;

const moonshot = {
  name: 'moonshot',
  model: 'kimi-k2.7-code',
  picoUsdPerInputToken: 950_000,
  picoUsdPerCachedToken: 190_000,
  picoUsdPerOutputToken: 4_000_000,
};
const fast = {
  ...moonshot,
  name: 'fast',
  picoUsdPerInputToken: 1_900_000,
  picoUsdPerCachedToken: 380_000,
  picoUsdPerOutputToken: 8_000_000,
};
const pricesOf = (microUsdPerHour: number | null, apis: PriceDocument['apis'] = [moonshot]): PriceDocument => ({
  node: {microUsdPerHour, microUsdPerKilowattHour: null},
  apis,
});
const run = (runId: string, model: string, changes: Partial<RunSettings> = {}): RunSettings => ({
  runId,
  engine: 'vllm',
  model,
  settings: 'tp 8',
  settingsDigest: 'abc',
  isCachedKnown: true,
  ...changes,
});
const tokens = (hour: number, changes: Partial<KeptTokens> = {}): KeptTokens => ({
  atMs: at(hour),
  runId: 'run-1',
  source: 'client',
  isGap: false,
  epoch: 1,
  tokens: {input: 1_000_000, cached: 2_000_000, output: 100_000},
  ...changes,
});
const time = (hour: number, changes: Partial<KeptTime> = {}): KeptTime => ({
  atMs: at(hour),
  state: 'serving',
  isGap: false,
  epoch: 1,
  ms: MS_PER_HOUR,
  milliwattMs: 0,
  ...changes,
});

type Given = {
  readonly hours: Partial<LedgerHours>;
  readonly prices?: readonly PriceDocument[];
  readonly by?: ReportKind;
  readonly billed?: BilledTime;
};

function documentOf({hours, prices = [pricesOf(28_800_000)], by = 'hour', billed}: Given): CostDocument {
  const epochs = prices.map((each, index): PriceEpoch => ({id: index + 1, sinceMs: 0, prices: each}));
  const sums = new CostReportSums(epochs, by, billed ?? {sinceMs: null, untilMs: null});
  const entries = {tokens: [], times: [], legacy: [], runs: [run('run-1', 'kimi-k2.7-code')], ...hours};
  const head = {simulated: false, sinceMs: 0, untilMs: 1, coveredUntilMs: null, by, books: [...sums.books]};
  return costDocumentSchema.parse(resultOf(documentSteps(head, rowSteps(sums, [entries]))));
}

/** 0.95 + 2 x 0.19 + 0.1 x 4 USD. */
const API_MICRO_USD = 1_730_000;

test('an hour has its tokens, its time by state, and money to the micro-dollar', () => {
  const times = [time(3, {ms: 1_800_000}), time(3, {state: 'idle', ms: 1_799_999}), time(3, {state: 'down', ms: 1})];
  const document = documentOf({
    hours: {tokens: [tokens(3), tokens(3, {source: 'own'}), tokens(3, {source: 'bench'})], times},
  });
  expect(document.rows).toHaveLength(1);
  expect(document.rows[0]).toMatchObject({
    key: {of: 'time', startMs: at(3)},
    tokens: {client: {input: 1_000_000, cached: 2_000_000, output: 100_000}, refused: {input: 0}},
    timeMs: {serving: 1_800_000, idle: 1_799_999, starting: 0, down: 1, unobserved: 0},
    nodeMicroUsd: 28_800_000,
    nodeMicroUsdByState: {serving: 14_400_000, idle: 14_399_992, down: 8},
    apis: [{name: 'moonshot', microUsd: API_MICRO_USD, isEstimate: false}],
    savedMicroUsd: API_MICRO_USD - 28_800_000,
    // 28.80 USD for 3.1 million tokens.
    microUsdPerMillionTokens: 9_290_323,
    isNodeEstimate: false,
    isNodeShared: false,
  });
  expect(document.total).toMatchObject({nodeMicroUsd: 28_800_000});
});

test('a total is rounded from the exact sum, not added up from rounded rows', () => {
  const third = {ms: 1, epoch: 1};
  const times = [0, 1, 2].map((hour) => time(hour, third));
  // 1 ms at 1.2 USD an hour is a third of a micro-dollar.
  const document = documentOf({hours: {times}, prices: [pricesOf(1_200_000)]});
  expect(document.rows.map(({nodeMicroUsd}) => nodeMicroUsd)).toEqual([0, 0, 0]);
  expect(document.total.nodeMicroUsd).toBe(1);
});

describe('prices', () => {
  test('of yesterday stay: each epoch has its own, for node and API', () => {
    const dearer = {...moonshot, picoUsdPerInputToken: 1_950_000};
    const document = documentOf({
      hours: {tokens: [tokens(1), tokens(2, {epoch: 2})], times: [time(1), time(2, {epoch: 2})]},
      prices: [pricesOf(28_800_000), pricesOf(16_000_000, [dearer])],
    });
    expect(document.rows.map(({nodeMicroUsd}) => nodeMicroUsd)).toEqual([28_800_000, 16_000_000]);
    expect(document.rows.map(({apis}) => apis[0]?.microUsd)).toEqual([API_MICRO_USD, API_MICRO_USD + 1_000_000]);
    expect(document.total.apis[0]?.isEstimate).toBe(false);
  });

  test('of idle time are those of its own epoch too', () => {
    const idle = {state: 'idle'} as const;
    const {rows} = documentOf({
      hours: {tokens: [], times: [time(1, idle), time(2, {...idle, epoch: 2})]},
      prices: [pricesOf(28_800_000), pricesOf(16_000_000)],
    });
    const idleOf = rows.map(({nodeMicroUsdByState: byState}) => ('idle' in byState ? byState.idle : byState));
    expect(idleOf).toEqual([28_800_000, 16_000_000]);
  });

  test('that were set later are for earlier entries an estimate; a book of before has none afterwards', () => {
    const document = documentOf({
      hours: {tokens: [tokens(1), tokens(2, {epoch: 2})], times: [time(1), time(2, {epoch: 2})]},
      prices: [pricesOf(null, [moonshot]), pricesOf(28_800_000, [fast])],
    });
    expect(document.books.map(({name}) => name)).toEqual(['fast']);
    expect(document.rows.map(({nodeMicroUsd, isNodeEstimate}) => [nodeMicroUsd, isNodeEstimate])).toEqual([
      [28_800_000, true],
      [28_800_000, false],
    ]);
    expect(document.rows.map(({apis}) => apis)).toEqual([
      [{name: 'fast', microUsd: 2 * API_MICRO_USD, isEstimate: true}],
      [{name: 'fast', microUsd: 2 * API_MICRO_USD, isEstimate: false}],
    ]);
  });

  test('that nobody set make money unknown, not zero', () => {
    const {total} = documentOf({hours: {tokens: [tokens(1)], times: [time(1)]}, prices: [pricesOf(null, [])]});
    expect(total.nodeMicroUsd).toEqual({absent: 'the node has no price'});
    expect(total.savedMicroUsd).toEqual({absent: 'no price book'});
    expect(total.microUsdPerMillionTokens).toEqual({absent: 'the node has no price'});
    expect(total.timeMs.serving).toBe(MS_PER_HOUR);
  });
});

test('a gap is marked with its time and its tokens, and tokens whose cached part is unknown are at most worth this', () => {
  const {rows} = documentOf({
    hours: {
      tokens: [tokens(1, {isGap: true}), tokens(1)],
      times: [time(1, {isGap: true, ms: 60_000}), time(1, {ms: 120_000})],
      runs: [run('run-1', 'kimi-k2.7-code', {isCachedKnown: false})],
    },
  });
  expect(rows).toMatchObject([{gapTokens: 3_100_000, gapMs: 60_000, isApiAtMost: true}]);
});

test('energy of a gap is an estimate where electricity is paid apart', () => {
  const owned = {node: {microUsdPerHour: 1_000_000, microUsdPerKilowattHour: 200_000}, apis: []};
  const times = [time(1, {milliwattMs: 3_600_000}), time(2, {isGap: true, milliwattMs: 5_000_000 * MS_PER_HOUR})];
  const estimates = (prices: PriceDocument): boolean[] =>
    documentOf({hours: {times}, prices: [prices]}).rows.map(({isNodeEstimate}) => isNodeEstimate);
  expect(estimates(owned)).toEqual([false, true]);
  expect(estimates(pricesOf(1_000_000))).toEqual([false, false]);
});

test('days begin at midnight UTC', () => {
  const {rows} = documentOf({hours: {times: [time(0), time(23), time(24)]}, by: 'day'});
  expect(rows.map(({key, timeMs}) => [key, timeMs.serving / MS_PER_HOUR])).toEqual([
    [{of: 'time', startMs: at(0)}, 2],
    [{of: 'time', startMs: at(24)}, 1],
  ]);
});

test('a model has its tokens and its time; hours with several are shared by their tokens, and hours with none are apart', () => {
  const {rows, total} = documentOf({
    hours: {
      tokens: [tokens(1), tokens(2), tokens(2, {runId: 'run-2'}), tokens(3, {runId: 'run-2', source: 'own'})],
      times: [time(1), time(2), time(3), time(4, {state: 'down'})],
      runs: [run('run-1', 'one'), run('run-2', 'other')],
    },
    by: 'model',
  });
  expect(rows.map(({key, timeMs, nodeMicroUsd, isNodeShared}) => [key, timeMs, nodeMicroUsd, isNodeShared])).toEqual([
    [{of: 'model', model: 'one'}, expect.objectContaining({serving: 1.5 * MS_PER_HOUR}), 43_200_000, true],
    [{of: 'model', model: 'other'}, expect.objectContaining({serving: 1.5 * MS_PER_HOUR}), 43_200_000, true],
    [{of: 'none'}, expect.objectContaining({serving: 0, down: MS_PER_HOUR}), 28_800_000, false],
  ]);
  expect(rows.map(({microUsdPerMillionTokens}) => microUsdPerMillionTokens)).toEqual([
    6_967_742,
    13_935_484,
    {absent: 'no tokens'},
  ]);
  expect(rows.map(({tokens: {client}}) => client.input)).toEqual([2_000_000, 1_000_000, 0]);
  expect(total.timeMs).toMatchObject({serving: 3 * MS_PER_HOUR, down: MS_PER_HOUR});
  expect([total.isNodeShared, total.nodeMicroUsd]).toEqual([false, 4 * 28_800_000]);
});

test('money from before the ledger is an estimate, and counts once where its time is booked later', () => {
  const legacy = [1, 2].map((hour) => ({hourAtMs: at(hour), nodeMicroUsd: 20_000_000, apiMicroUsd: 7}));
  const earlier = [1, 2].map((hour) => tokens(hour, {runId: EARLIER_RUN}));
  const {rows} = documentOf({
    hours: {tokens: earlier, legacy, times: [time(2, {state: 'unobserved', epoch: 2})], runs: [run(EARLIER_RUN, '')]},
    prices: [pricesOf(null), pricesOf(28_800_000, [moonshot, fast])],
  });
  expect(rows.map(({nodeMicroUsd, isNodeEstimate}) => [nodeMicroUsd, isNodeEstimate])).toEqual([
    [20_000_000, true],
    [28_800_000, false],
  ]);
  expect(rows[0]?.apis).toEqual([
    {name: 'moonshot', microUsd: 7, isEstimate: true},
    {name: 'fast', microUsd: 2 * API_MICRO_USD, isEstimate: true},
  ]);
});

test('money from before the ledger stays where only a part of its hour is booked', () => {
  const legacy = [{hourAtMs: at(1), nodeMicroUsd: 20_000_000, apiMicroUsd: 0}];
  const costOf = (ms: number, billed?: BilledTime): unknown =>
    documentOf({hours: {legacy, times: [time(1, {state: 'unobserved', isGap: true, ms})]}, ...(billed && {billed})})
      .total.nodeMicroUsd;
  // A quarter of it is from after the upgrade; then all of it is added by an earlier bill, or as much of it as is billed.
  expect(costOf(MS_PER_HOUR / 4)).toBe(27_200_000);
  expect(costOf(MS_PER_HOUR)).toBe(28_800_000);
  expect(costOf(MS_PER_HOUR / 4, {sinceMs: at(1.75), untilMs: null})).toBe(7_200_000);
});

test('time outside of what is billed costs nothing, its tokens stay', () => {
  const {total} = documentOf({
    hours: {tokens: [tokens(1)], times: [time(1), time(2), time(3), time(4)]},
    billed: {sinceMs: at(2), untilMs: at(4)},
  });
  expect(total).toMatchObject({nodeMicroUsd: 57_600_000, timeMs: {serving: 2 * MS_PER_HOUR}});
  expect(total.tokens.client.input).toBe(1_000_000);
});

test('however rows are made, their tokens and times add up to the total, and the total is the same', () => {
  const amount = fc.integer({min: 0, max: 1e9});
  const entry = fc.record({
    hour: fc.integer({min: 0, max: 50}),
    runId: fc.constantFrom('run-1', 'run-2'),
    source: fc.constantFrom(...tokenSources),
    epoch: fc.constantFrom(1, 2),
    counts: fc.record({input: amount, cached: amount, output: amount}),
    state: fc.constantFrom(...nodeStates),
    ms: fc.integer({min: 0, max: MS_PER_HOUR}),
  });
  fc.assert(
    fc.property(fc.array(entry, {maxLength: 30}), (entries) => {
      const hours = {
        tokens: entries.map(({hour, runId, source, epoch, counts}) =>
          tokens(hour, {runId, source, epoch, tokens: counts}),
        ),
        times: entries.map(({hour, state, ms, epoch}) => time(hour, {state, ms, epoch})),
        runs: [run('run-1', 'one'), run('run-2', 'other')],
      };
      const prices = [pricesOf(28_800_001), pricesOf(7, [fast, moonshot])];
      const documents = (['hour', 'day', 'model', 'settings'] as const).map((by) => documentOf({hours, prices, by}));
      for (const {rows, total} of documents) {
        expect(total).toEqual(documents[0]?.total);
        let [output, idleMs] = [0, 0];
        for (const row of rows) {
          output += row.tokens.client.output;
          idleMs += row.timeMs.idle;
        }
        expect([output, idleMs]).toEqual([total.tokens.client.output, total.timeMs.idle]);
      }
    }),
    {numRuns: 40},
  );
});
