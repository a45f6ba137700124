import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {hasGenerated} from '../../../../src/domain/traffic/own-requests/own-requests.ts';
import {nothingUsed} from '../../../../src/domain/traffic/own-requests/request-claim.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {absent, isPresent} from '../../../../src/samples/reading.ts';
import {Accounts, probeUsage} from './counted-engine.ts';

const probeWork = {promptTokens: 31, cachedTokens: 16, generatedTokens: 16};
const request = {promptTokens: 2_000, cachedTokens: 1_500, generatedTokens: 300};

const noTraffic = {
  promptTokensTotal: 0,
  cachedPromptTokensTotal: 0,
  generationTokensTotal: 0,
  liveGenerationTokensTotal: 0,
  finishedRequestsTotal: {stop: 0, length: 0, abort: 0},
  runningRequests: 0,
  waitingRequests: 0,
  endToEndLatencySeconds: {count: 0, sum: 0},
};

describe('a probe of an idle engine', () => {
  test('is no traffic, before and after it ended', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    accounts.engine.running = 1;
    accounts.engine.generate({promptTokens: 31, cachedTokens: 16, generatedTokens: 7});
    expect(accounts.read()).toMatchObject(noTraffic);
    expect(hasGenerated(accounts.own, probe)).toBe(true);
    accounts.engine.running = 0;
    accounts.engine.finish({promptTokens: 0, cachedTokens: 0, generatedTokens: 9}, 0.3, 'length');
    accounts.end(probe, probeUsage);
    expect(accounts.read()).toMatchObject(noTraffic);
    expect(accounts.read()).toMatchObject(noTraffic);
    expect(accounts.own.requests).toEqual([]);
  });

  test('that is answered while the first sample is read is no traffic, and takes nothing of the clients after it', () => {
    const accounts = new Accounts();
    const probe = accounts.send();
    accounts.engine.running = 1;
    accounts.engine.generate({promptTokens: 31, cachedTokens: 16, generatedTokens: 0});
    // Whose the running request is cannot be known yet.
    expect(accounts.read()).toMatchObject({...noTraffic, runningRequests: 1});
    accounts.engine.running = 0;
    accounts.engine.finish({promptTokens: 0, cachedTokens: 0, generatedTokens: 16}, 0.3, 'length');
    accounts.end(probe, probeUsage);
    expect(accounts.read()).toMatchObject(noTraffic);
    accounts.engine.finish(request, 1);
    expect(accounts.read()).toMatchObject({promptTokensTotal: 2_000, generationTokensTotal: 300});
  });

  test('that ended before the first sample is no traffic', () => {
    const accounts = new Accounts();
    accounts.end(accounts.send(), probeUsage);
    accounts.engine.finish(probeWork, 0.3, 'length');
    expect(accounts.read()).toMatchObject(noTraffic);
  });

  test('that is repeated until the engine answers is no traffic, and takes nothing of others', () => {
    const accounts = new Accounts();
    for (let sent = 0; sent < 100; sent += 1) accounts.end(accounts.send(), sent % 2 === 0 ? nothingUsed : null);
    expect(accounts.own.requests.length).toBeLessThan(10);
    accounts.end(accounts.send(), probeUsage);
    accounts.engine.finish(probeWork, 0.3, 'length');
    expect(accounts.read()).toMatchObject(noTraffic);
    expect(accounts.own.requests).toEqual([]);
    accounts.engine.finish(request, 1);
    expect(accounts.read()).toMatchObject({promptTokensTotal: 2_000, generationTokensTotal: 300});
  });

  test('that the engine counts late is no traffic', () => {
    const accounts = new Accounts();
    accounts.read();
    accounts.end(accounts.send(), probeUsage);
    for (let second = 0; second < 20; second += 1) expect(accounts.read()).toMatchObject(noTraffic);
    accounts.engine.finish(probeWork, 0.3, 'length');
    expect(accounts.read()).toMatchObject(noTraffic);
  });

  test('that got no response is no traffic either', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    accounts.engine.running = 1;
    accounts.engine.generate({promptTokens: 31, cachedTokens: 0, generatedTokens: 3});
    accounts.read();
    accounts.engine.running = 0;
    accounts.end(probe, null);
    expect(accounts.read()).toMatchObject(noTraffic);
    expect(accounts.own.requests).toEqual([]);
  });

  test('that waits is not a waiting request', () => {
    const accounts = new Accounts();
    accounts.read();
    accounts.send();
    accounts.engine.waiting = 1;
    expect(accounts.read()).toMatchObject({runningRequests: 0, waitingRequests: 0});
    accounts.engine.running = 4;
    expect(accounts.read()).toMatchObject({runningRequests: 4, waitingRequests: 0});
  });

  test('of unknown cached tokens leaves no more of them than prompt tokens', () => {
    const accounts = new Accounts();
    accounts.read();
    accounts.engine.finish(probeWork, 0.3, 'length');
    accounts.end(accounts.send(), {...probeUsage, cachedPromptTokens: null});
    expect(accounts.read()).toMatchObject(noTraffic);
  });
});

describe('clients during a probe', () => {
  test('keep every token and request of theirs', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    accounts.engine.finish(request, 1.5);
    accounts.engine.running = 3;
    expect(accounts.read()).toMatchObject({runningRequests: 2});
    accounts.engine.finish(probeWork, 0.3, 'length');
    accounts.end(probe, probeUsage);
    expect(accounts.read()).toMatchObject({
      promptTokensTotal: 2_000,
      cachedPromptTokensTotal: 1_500,
      generationTokensTotal: 300,
      finishedRequestsTotal: {stop: 1, length: 0, abort: 0},
    });
  });

  test('keep their number if the engine counts the end of a probe after its tokens', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    accounts.engine.generate({promptTokens: 2_000, cachedTokens: 1_500, generatedTokens: 300});
    accounts.read();
    accounts.end(probe, probeUsage);
    accounts.read();
    accounts.engine.finish(probeWork, 0.3, 'length');
    expect(accounts.read()).toMatchObject({
      promptTokensTotal: 2_000,
      generationTokensTotal: 300,
      finishedRequestsTotal: {stop: 0, length: 0, abort: 0},
    });
  });

  test('get back what was attributed to a request that was refused', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    accounts.engine.finish({promptTokens: 40, cachedTokens: 0, generatedTokens: 4}, 0.4);
    expect(accounts.read()).toMatchObject({promptTokensTotal: 0, generationTokensTotal: 0});
    accounts.end(probe, nothingUsed);
    expect(accounts.read()).toMatchObject({
      promptTokensTotal: 40,
      generationTokensTotal: 4,
      finishedRequestsTotal: {stop: 1, length: 0, abort: 0},
    });
  });

  test('keep latencies of theirs that were observed together with those of the probe', () => {
    const accounts = new Accounts();
    accounts.read();
    accounts.engine.finish(request, 1.5);
    accounts.engine.finish(probeWork, 0.3, 'length');
    accounts.end(accounts.send(), probeUsage);
    expect(accounts.read().endToEndLatencySeconds).toMatchObject({count: 2, sum: 1.8});
    accounts.engine.finish(request, 1);
    expect(accounts.read().endToEndLatencySeconds).toMatchObject({count: 3});
  });

  test('get back what was attributed to a request that ended without a response', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    for (const reason of ['stop', 'length', 'abort'] as const) {
      for (let sent = 0; sent < 10; sent += 1) accounts.engine.finish(request, 1, reason);
      accounts.read();
    }
    accounts.end(probe, null);
    expect(accounts.read()).toMatchObject({
      promptTokensTotal: 30 * 2_000,
      cachedPromptTokensTotal: 30 * 1_500,
      generationTokensTotal: 30 * 300,
      liveGenerationTokensTotal: 30 * 300,
      finishedRequestsTotal: {stop: 10, length: 10, abort: 10},
    });
    expect(accounts.own.requests).toEqual([]);
  });

  test('that finish in the moment in which a probe ends without a response keep all of theirs', () => {
    const accounts = new Accounts();
    accounts.read();
    const probe = accounts.send();
    accounts.engine.generate({promptTokens: 31, cachedTokens: 0, generatedTokens: 0});
    accounts.read();
    for (let sent = 0; sent < 10; sent += 1) accounts.engine.finish(request, 1, 'stop');
    accounts.end(probe, null);
    const {promptTokensTotal, generationTokensTotal, finishedRequestsTotal} = accounts.read();
    expect(promptTokensTotal).toBeGreaterThanOrEqual(20_000);
    expect([generationTokensTotal, finishedRequestsTotal]).toEqual([3_000, {stop: 10, length: 0, abort: 0}]);
  });

  test('lose one finished request at most while a probe has no response', () => {
    const accounts = new Accounts();
    accounts.read();
    accounts.send();
    for (const reason of ['stop', 'length', 'abort'] as const) accounts.engine.finish(request, 1, reason);
    const {finishedRequestsTotal} = accounts.read();
    const finished = Object.values(isPresent(finishedRequestsTotal) ? finishedRequestsTotal : {});
    expect(finished.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  test('of an engine that does not count probes lose no more than a few of their tokens', () => {
    const accounts = new Accounts();
    accounts.read();
    for (let sent = 0; sent < 500; sent += 1) {
      accounts.end(accounts.send(), probeUsage);
      accounts.read();
    }
    accounts.engine.finish({promptTokens: 5_000, cachedTokens: 0, generatedTokens: 1_000}, 2);
    const {generationTokensTotal} = accounts.read();
    expect(generationTokensTotal).toBe(1_000 - 8 * 16);
  });
});

test('counters that restart with the engine begin again, for both', () => {
  const accounts = new Accounts();
  accounts.engine.finish(request, 1);
  accounts.read();
  accounts.engine.finish(probeWork, 0.3, 'length');
  accounts.end(accounts.send(), probeUsage);
  accounts.read();
  accounts.engine.restart();
  expect(accounts.read()).toMatchObject(noTraffic);
  accounts.engine.finish({promptTokens: 9, cachedTokens: 0, generatedTokens: 5}, 0.2);
  expect(accounts.read()).toMatchObject({promptTokensTotal: 9, generationTokensTotal: 5});
});

test('a counter that is printed rounded does not fall, and what is absent stays absent', () => {
  const accounts = new Accounts();
  accounts.engine.generate({promptTokens: 0, cachedTokens: 0, generatedTokens: 100_000});
  accounts.read();
  accounts.engine.generate({promptTokens: 0, cachedTokens: 0, generatedTokens: -5});
  expect(accounts.read().generationTokensTotal).toBe(100_000);
  const none = absent('not part of this test');
  expect(accounts.read()).toMatchObject({prefixCacheHitTokensTotal: none, timeToFirstTokenSeconds: none});
});

type Second =
  | {readonly type: 'probe'; readonly seconds: number; readonly response: 'usage' | 'refused'}
  | {readonly type: 'requests'; readonly generatedTokens: readonly number[]}
  | {readonly type: 'restart'}
  | {readonly type: 'pause'};

const seconds: fc.Arbitrary<readonly Second[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('probe'),
        seconds: fc.nat(3),
        response: fc.constantFrom('usage', 'refused'),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({type: fc.constant('requests'), generatedTokens: fc.array(fc.nat(400), {maxLength: 3})}),
    },
    {weight: 2, arbitrary: fc.constant({type: 'pause'} as const)},
    {weight: 1, arbitrary: fc.constant({type: 'restart'} as const)},
  ),
  {maxLength: 40},
);

type Totals = {prompt: number; generated: number; finished: number};

/** Plays the seconds; what the samples showed, and what the clients really used since the engine started. */
function play(script: readonly Second[]) {
  const accounts = new Accounts();
  const truth: Totals = {prompt: 0, generated: 0, finished: 0};
  const shown: {readonly sample: EngineMetricsSample; readonly isRestarted: boolean}[] = [
    {sample: accounts.read(), isRestarted: false},
  ];
  let inFlight: {readonly key: symbol; readonly response: 'usage' | 'refused'; left: number}[] = [];
  const pass = (isRestarted: boolean): void => {
    for (const probe of inFlight) {
      probe.left -= 1;
      if (probe.left > 0) continue;
      if (probe.response === 'usage') accounts.engine.finish(probeWork, 0.3, 'length');
      accounts.end(probe.key, probe.response === 'usage' ? probeUsage : nothingUsed);
    }
    inFlight = inFlight.filter(({left}) => left > 0);
    accounts.engine.running = inFlight.length;
    shown.push({sample: accounts.read(), isRestarted});
  };
  for (const second of script) {
    if (second.type === 'probe') inFlight.push({key: accounts.send(), response: second.response, left: second.seconds});
    for (const generatedTokens of second.type === 'requests' ? second.generatedTokens : []) {
      accounts.engine.finish({promptTokens: 50, cachedTokens: 20, generatedTokens}, 1);
      truth.prompt += 50;
      truth.generated += generatedTokens;
      truth.finished += 1;
    }
    if (second.type === 'restart') {
      accounts.engine.restart();
      for (const {key} of inFlight) accounts.end(key, nothingUsed);
      inFlight = [];
      Object.assign(truth, {prompt: 0, generated: 0, finished: 0});
    }
    pass(second.type === 'restart');
  }
  while (inFlight.length > 0) pass(false);
  // A refusal is known in the sample after it.
  pass(false);
  return {shown, truth};
}

test('without a restart: samples never fall or are negative, and in the end are exactly what clients used', () => {
  fc.assert(
    fc.property(seconds, (script) => {
      const {shown, truth} = play(script.filter(({type}) => type !== 'restart'));
      for (const [index, {sample}] of shown.slice(1).entries()) {
        const before = shown[index]?.sample;
        expect(sample.generationTokensTotal).toBeGreaterThanOrEqual(Number(before?.generationTokensTotal));
        expect(sample.promptTokensTotal).toBeGreaterThanOrEqual(Number(before?.promptTokensTotal));
        expect(sample.cachedPromptTokensTotal).toBeLessThanOrEqual(Number(sample.promptTokensTotal));
        expect(sample.runningRequests).toBe(0);
      }
      expect(shown.at(-1)?.sample).toMatchObject({
        promptTokensTotal: truth.prompt,
        generationTokensTotal: truth.generated,
        finishedRequestsTotal: {stop: truth.finished, length: 0},
      });
    }),
  );
});

test('with restarts: no counter is negative, or more than the engine counts', () => {
  fc.assert(
    fc.property(seconds, (script) => {
      for (const {sample} of play(script).shown) {
        expect(sample.generationTokensTotal).toBeGreaterThanOrEqual(0);
        expect(sample.promptTokensTotal).toBeGreaterThanOrEqual(0);
        expect(Number((sample.endToEndLatencySeconds as {count: number}).count)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test('with probes alone: no traffic at any time', () => {
  fc.assert(
    fc.property(seconds, (script) => {
      for (const {sample} of play(script.filter(({type}) => type !== 'requests')).shown) {
        expect(sample).toMatchObject(noTraffic);
      }
    }),
  );
});
