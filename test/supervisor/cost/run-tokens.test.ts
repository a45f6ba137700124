import {describe, expect, test} from 'vitest';
import type {RequestUsage} from '../../../src/domain/traffic/own-requests/request-claim.ts';
import type {EngineMetricsSample} from '../../../src/samples/engine-metrics.ts';
import {tokenKinds} from '../../../src/samples/token-series.ts';
import {RunTokens} from '../../../src/supervisor/cost/run-tokens.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

function page(prompt: number, cached: number, output: number): EngineMetricsSample {
  const values = {prompt, cached, output};
  return buildMetricsSample(0, {
    cachedPromptTokensTotal: cached,
    tokenSeries: tokenKinds.map((kind) => ({kind, key: '0', value: values[kind], createdSeconds: null})),
  });
}

const expected: RequestUsage = {
  requests: 1,
  promptTokens: 100,
  cachedPromptTokens: null,
  generatedTokens: 16,
  finishReason: null,
};
const usage: RequestUsage = {...expected, promptTokens: 20, cachedPromptTokens: 0, generatedTokens: 4};
const none = {input: 0, cached: 0, output: 0};

describe('the tokens of a run', () => {
  test('requests of two supervisors are never mistaken for each other', () => {
    const first = new RunTokens('run', null, true);
    first.ownRequest({type: 'own-request-sent', key: Symbol('first'), expected});
    const second = new RunTokens('run', first.follower, true);
    const key = Symbol('second');
    second.ownRequest({type: 'own-request-sent', key, expected});
    second.ownRequest({type: 'own-request-ended', key, usage});
    // That of the first supervisor may be in it too, and nobody else's.
    second.page(page(60, 0, 10), 1_000);
    expect(second.follower.totals.own).toEqual({input: 60, cached: 0, output: 10});
  });

  test('a request that another run was sent changes nothing', () => {
    const tokens = new RunTokens('run', null, true);
    tokens.ownRequest({type: 'own-request-ended', key: Symbol('other'), usage});
    tokens.page(page(60, 0, 10), 1_000);
    expect(tokens.follower.totals).toEqual({
      client: {input: 60, cached: 0, output: 10},
      own: none,
      bench: none,
      refused: none,
    });
  });

  test('without the file of the earlier supervisor, what is booked is not counted again, whoever used it', () => {
    const booked = {
      client: {input: 10, cached: 5, output: 1},
      own: {input: 20, cached: 0, output: 4},
      bench: {input: 500, cached: 0, output: 90},
      refused: none,
    };
    const tokens = new RunTokens('run', null, true, booked);
    tokens.page(page(545, 15, 96), 1_000);
    expect(tokens.follower.totals).toEqual({...booked, client: {input: 10, cached: 15, output: 2}});
  });
});
