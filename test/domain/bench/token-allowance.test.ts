import {describe, expect, test} from 'vitest';
import {mostTokensOf} from '../../../src/domain/bench/token-allowance.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildPoint} from './build-point.ts';

const workload = {promptTokens: 1_000, answerTokens: 100};
const point = buildPoint({completed: 8, failed: 0, promptTokens: 8_080, generatedTokens: 800});
const bench = {workload, isShared: true, isOwnTool: false};

describe('the most tokens that a benchmark can have used', () => {
  test('before its first load are those of the requests that our generator sends before it', () => {
    expect(mostTokensOf({...bench, loads: []})).toEqual({promptTokens: 0, generatedTokens: 0});
    expect(mostTokensOf({...bench, isOwnTool: true, loads: []})).toEqual({promptTokens: 2_024, generatedTokens: 3});
  });

  test('of a load that runs are those of its requests and of two before', () => {
    expect(mostTokensOf({...bench, loads: [{requests: 8, point: null}]})).toEqual({
      promptTokens: 10_000,
      generatedTokens: 1_000,
    });
  });

  test('on a node with clients, a load that was measured counts with its own totals', () => {
    const loads = [{requests: 8, point}];
    expect(mostTokensOf({...bench, loads})).toEqual({promptTokens: 10_100, generatedTokens: 1_000});
    const failed = [{requests: 8, point: {...point, failed: 2}}];
    expect(mostTokensOf({...bench, loads: failed})).toEqual({promptTokens: 12_100, generatedTokens: 1_200});
    const untold = [{requests: 8, point: {...point, failed: absent('?')}}];
    expect(mostTokensOf({...bench, loads: untold})).toEqual(mostTokensOf({...bench, loads}));
  });

  test('on one without, nothing of it may become that of clients', () => {
    const alone = {...bench, isShared: false};
    const planned = mostTokensOf({...alone, loads: [{requests: 8, point: null}]});
    expect(planned).toEqual({promptTokens: 10 * 1_414, generatedTokens: 10 * 135});
    expect(mostTokensOf({...alone, loads: [{requests: 8, point}]})).toEqual(planned);
  });
});
