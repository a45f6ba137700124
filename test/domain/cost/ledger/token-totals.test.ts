import {describe, expect, test} from 'vitest';
import type {TokenTotals} from '../../../../src/domain/cost/ledger/entries.ts';
import {
  endTokens,
  followTokens,
  openTokenFollower,
  recallTokenFollower,
  resumeTokenFollower,
  type TokenFollower,
  type TokenPage,
  tokenFollowerSchema,
  withOwnRequestEnded,
  withOwnRequestSent,
} from '../../../../src/domain/cost/ledger/token-totals.ts';
import type {RequestUsage} from '../../../../src/domain/traffic/own-requests/request-claim.ts';
import {absent} from '../../../../src/samples/reading.ts';
import type {TokenKind, TokenSeries} from '../../../../src/samples/token-series.ts';

const second = {elapsedMs: 1_000, isBench: false};

function series(kind: TokenKind, value: number, key = '0', createdSeconds: number | null = null): TokenSeries {
  return {kind, key, value, createdSeconds};
}

function pageOf(tokenSeries: readonly TokenSeries[], processStartSeconds: number | null = null): TokenPage {
  const isCachedTold = tokenSeries.some(({kind}) => kind === 'cached');
  return {
    tokenSeries,
    cachedPromptTokensTotal: isCachedTold ? 1 : absent('not exposed'),
    processStartTimeSeconds: processStartSeconds ?? absent('not exposed'),
  };
}

const page = (prompt: number, cached: number, output: number): TokenPage =>
  pageOf([series('prompt', prompt), series('cached', cached), series('output', output)]);

function follow(follower: TokenFollower, ...pages: readonly TokenPage[]): TokenFollower {
  return pages.reduce((before, one) => followTokens(before, one, second), follower);
}

const whole = openTokenFollower(true);
const none = {input: 0, cached: 0, output: 0};
const clients = (client: TokenTotals['client']): TokenTotals => ({client, own: none, bench: none, refused: none});

const allowance: RequestUsage = {
  requests: 1,
  promptTokens: 100,
  cachedPromptTokens: null,
  generatedTokens: 16,
  finishReason: null,
};
const usage: RequestUsage = {...allowance, promptTokens: 31, cachedPromptTokens: 16, generatedTokens: 8};

describe('tokens of a run', () => {
  test('are what its counters grew by since its start, cached ones apart', () => {
    expect(follow(whole, page(100, 40, 7), page(250, 140, 9)).totals).toEqual(
      clients({input: 110, cached: 140, output: 9}),
    );
  });

  test('of an attached engine begin with its first page, by kind', () => {
    const attached = openTokenFollower(false);
    const first = pageOf([series('prompt', 1_000_000), series('output', 5_000)]);
    expect(follow(attached, first, page(1_000_100, 900_000, 5_010), page(1_000_200, 900_050, 5_010)).totals).toEqual(
      clients({input: 150, cached: 50, output: 10}),
    );
  });

  test('are all input while no page tells cached ones', () => {
    const follower = follow(whole, pageOf([series('prompt', 50), series('output', 2)]));
    expect(follower.totals).toEqual(clients({input: 50, cached: 0, output: 2}));
    expect(follower.isCachedKnown).toBe(false);
    expect(follow(follower, page(60, 0, 2)).isCachedKnown).toBe(true);
  });

  test('cached tokens that are counted before their prompt wait for it', () => {
    const early = follow(whole, page(0, 80, 0));
    expect(early.totals.client).toEqual(none);
    expect(follow(early, page(100, 80, 1)).totals.client).toEqual({input: 20, cached: 80, output: 1});
  });

  test('one of eight cores that restarts adds its own tokens only', () => {
    const cores = (values: readonly number[]): TokenPage =>
      pageOf(values.map((value, core) => series('output', value, String(core))));
    const before = [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000];
    const after = before.with(3, 20);
    expect(follow(whole, cores(before), cores(after)).totals.client.output).toBe(8_020);
  });

  test('a restart that overtook the earlier value is seen by the time of creation, or of the process', () => {
    const created = (value: number, at: number): TokenPage => pageOf([series('output', value, '0', at)]);
    expect(follow(whole, created(1_000, 1), created(1_500, 2)).totals.client.output).toBe(2_500);
    const started = (value: number, at: number | null): TokenPage => pageOf([series('output', value)], at);
    expect(follow(whole, started(1_000, 1), started(1_500, 2)).totals.client.output).toBe(2_500);
    // A page that does not tell is the same process.
    expect(follow(whole, started(1_000, 1), started(1_200, null), started(1_500, 1)).totals.client.output).toBe(1_500);
  });

  test('a counter that is missing, or printed lower, adds nothing when it is back', () => {
    const gone = follow(whole, page(1_000, 0, 1_000), pageOf([series('prompt', 1_100)]), page(1_100, 0, 1_050));
    expect(gone.totals.client).toEqual({input: 1_100, cached: 0, output: 1_050});
    const lower = follow(whole, page(1_000_000, 0, 0), page(999_500, 0, 0), page(1_000_000, 0, 0));
    expect(lower.totals.client.input).toBe(1_000_000);
  });

  test('counters that all have other names count on', () => {
    const two = pageOf([series('output', 600, 'a'), series('output', 400, 'b')]);
    const one = pageOf([series('output', 1_010, '')]);
    expect(follow(whole, two, one, pageOf([series('output', 1_020, '')])).totals.client.output).toBe(1_020);
  });

  test('cores that take turns in incomplete pages are each counted once', () => {
    const core = (key: string, value: number): TokenPage => pageOf([series('output', value, key)]);
    expect(follow(whole, core('0', 9), core('1', 2), core('0', 9), core('1', 3)).totals.client.output).toBe(12);
  });

  test('growth that no node can have is refused once a second page repeats it', () => {
    const wrong = 9e15;
    const glitch = follow(whole, page(10, 0, 10), page(10, 0, wrong), page(10, 0, 12));
    expect(glitch.totals).toEqual(clients({input: 10, cached: 0, output: 12}));
    const lasting = follow(whole, page(10, 0, 10), page(10, 0, wrong), page(10, 0, wrong + 5), page(10, 0, wrong + 9));
    expect(lasting.totals.refused.output).toBe(wrong - 5);
    expect(lasting.totals.client.output).toBe(14);
  });

  test('growth that is possible for each of many counters, and for no node together, is refused', () => {
    const many = (value: number) =>
      pageOf(Array.from({length: 60}, (_, core) => series('output', value, String(core))));
    const jumped = follow(whole, many(10), many(900_010), many(900_020));
    expect(jumped.totals.refused.output).toBe(60 * 900_000);
    expect(jumped.totals.client.output).toBe(60 * 20);
  });

  test('of a run of which only what is booked is known are what its counters show beyond that, whoever used it', () => {
    const booked: TokenTotals = {
      ...clients({input: 60, cached: 40, output: 5}),
      bench: {input: 900, cached: 0, output: 95},
    };
    const resumed = resumeTokenFollower(booked, true);
    const after = follow(resumed, page(1_030, 60, 101), page(1_040, 60, 102));
    expect(after.totals).toEqual({...booked, client: {input: 80, cached: 60, output: 7}});
    // A core restarted before: what is booked stays, and the counters count on.
    const lower = follow(resumed, page(500, 10, 50), page(510, 10, 51));
    expect(lower.totals).toEqual({...booked, client: {input: 70, cached: 40, output: 6}});
    const attached = follow(resumeTokenFollower(booked, false), page(9_000, 0, 900), page(9_001, 0, 902));
    expect(attached.totals.client).toEqual({input: 61, cached: 40, output: 7});
  });

  test('while a benchmark runs, are the benchmark\u2019s', () => {
    const before = follow(whole, page(10, 0, 1));
    const after = followTokens(before, page(30, 5, 4), {elapsedMs: 1_000, isBench: true});
    expect(after.totals.bench).toEqual({input: 15, cached: 5, output: 3});
    expect(after.totals.client).toEqual({input: 10, cached: 0, output: 1});
  });

  test('are the benchmark\u2019s up to what it can have used, with as much of the cached ones', () => {
    const before = follow(whole, page(10, 0, 1));
    const limited = {elapsedMs: 1_000, isBench: true, benchMost: {prompt: 15, output: 2}};
    const after = followTokens(before, page(30, 5, 4), limited);
    expect(after.totals.bench).toEqual({input: 12, cached: 3, output: 2});
    expect(after.totals.client).toEqual({input: 13, cached: 2, output: 2});
    const used = followTokens(after, page(40, 8, 6), {...limited, benchMost: {prompt: 0, output: 0}});
    expect(used.totals.bench).toEqual(after.totals.bench);
    expect(used.totals.client).toEqual({input: 20, cached: 5, output: 4});
  });
});

describe('requests of Gantry', () => {
  const sent = withOwnRequestSent(follow(whole, page(1_000, 0, 100)), 1, allowance);

  test('take exactly what their answers say', () => {
    const during = follow(sent, page(1_531, 16, 110));
    expect(during.totals.own).toEqual(none);
    expect(during.held).toEqual({prompt: 100, cached: 16, output: 10});
    const after = follow(withOwnRequestEnded(during, 1, usage), page(1_531, 16, 110));
    expect(after.totals.own).toEqual({input: 15, cached: 16, output: 8});
    expect(after.totals.client).toEqual({input: 1_500, cached: 0, output: 102});
  });

  test('take none of the cached tokens that others have after their prompt was counted', () => {
    const ended = withOwnRequestEnded(withOwnRequestSent(whole, 1, allowance), 1, {...usage, cachedPromptTokens: null});
    const {totals} = follow(ended, page(31, 0, 3), page(4_031, 3_000, 60));
    expect([totals.own, totals.client]).toEqual([
      {input: 31, cached: 0, output: 8},
      {input: 1_000, cached: 3_000, output: 52},
    ]);
  });

  test('are found in pages after their end', () => {
    const ended = follow(withOwnRequestEnded(sent, 1, usage), page(1_000, 0, 100));
    expect(follow(ended, page(1_031, 16, 108)).totals.own).toEqual({input: 15, cached: 16, output: 8});
  });

  test('without an answer have all of a growth that they can have made alone, and else nothing', () => {
    const recalled = recallTokenFollower(tokenFollowerSchema.parse(JSON.parse(JSON.stringify(sent))));
    expect(follow(recalled, page(1_031, 0, 108)).totals.own).toEqual({input: 31, cached: 0, output: 8});
    const busy = follow(recalled, page(9_000, 0, 900));
    expect(busy.totals.own).toEqual(none);
    expect(busy.totals.client.input).toBe(9_000);
    expect(busy.claims).toEqual([]);
  });

  test('hold nothing after the end of the run', () => {
    const ended = endTokens(follow(sent, page(1_050, 0, 104)), {isBench: false});
    expect(ended.held).toEqual({prompt: 0, cached: 0, output: 0});
    expect(ended.totals.own).toEqual({input: 50, cached: 0, output: 4});
  });

  test('that were refused take nothing', () => {
    const refused = withOwnRequestEnded(sent, 1, {
      ...usage,
      promptTokens: 0,
      cachedPromptTokens: 0,
      generatedTokens: 0,
    });
    const after = follow(refused, page(1_050, 0, 104));
    expect(after.totals.own).toEqual(none);
    expect(after.claims).toEqual([]);
  });

  test('without an answer have nothing once clients were served too', () => {
    const busy = follow(sent, page(9_000, 0, 900));
    const alone = follow(withOwnRequestEnded(busy, 1, null), page(9_000, 0, 900));
    expect(alone.totals.own).toEqual(none);
    expect(alone.totals.client.input).toBe(9_000);
  });

  test('that the engine does not count are expected for a minute, and the rest is the clients\u2019', () => {
    const late = followTokens(withOwnRequestEnded(sent, 1, usage), page(1_000, 0, 100), {
      elapsedMs: 60_001,
      isBench: false,
    });
    expect(follow(late, page(1_500, 0, 150)).totals).toEqual(clients({input: 1_500, cached: 0, output: 150}));
  });

  test('that ended before an attached engine was first read are in its first page', () => {
    const attached = withOwnRequestSent(openTokenFollower(false), 1, allowance);
    const read = follow(withOwnRequestEnded(attached, 1, usage), page(1_000, 0, 100), page(1_050, 0, 110));
    expect(read.totals).toEqual(clients({input: 50, cached: 0, output: 10}));
  });

  test('that the engine leaves out of its requests take nothing', () => {
    const health: RequestUsage = {...usage, requests: 0};
    expect(withOwnRequestSent(whole, 1, health).claims).toEqual([]);
  });

  test('whose answers are nonsense leave a state that can be read back', () => {
    const odd = {...usage, promptTokens: 1e300, generatedTokens: 0.5};
    const ended = withOwnRequestEnded(sent, 1, odd);
    expect(tokenFollowerSchema.parse(JSON.parse(JSON.stringify(ended)))).toEqual(ended);
  });
});
