import {describe, expect, test} from 'vitest';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

function map(text: string) {
  const families = parseExposition(text);
  if (!families.ok) throw new Error(families.error.message);
  return llamacpp.mapMetrics(families.value);
}

/** While one of four requests has ended and three generate. */
const busy = `# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 2000
# TYPE llamacpp:prompt_tokens_cached_total counter
llamacpp:prompt_tokens_cached_total 500
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 400
# TYPE llamacpp:n_decode_total counter
llamacpp:n_decode_total 400
# TYPE llamacpp:spec_decode_num_draft_tokens_total counter
llamacpp:spec_decode_num_draft_tokens_total 0
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 3
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 2
# TYPE llamacpp:n_busy_slots_per_decode gauge
llamacpp:n_busy_slots_per_decode 3.5
`;

describe('the metrics of llama-server', () => {
  test('billed tokens include the cached prompt tokens, which llama-server counts separately', () => {
    expect(map(busy)).toMatchObject({
      promptTokensTotal: 2500,
      cachedPromptTokensTotal: 500,
      generationTokensTotal: 400,
    });
  });

  test('tokens that are not yet counted show in the slots that were busy', () => {
    expect(map(busy)).toMatchObject({liveGenerationTokensTotal: 1400, iterationsTotal: 400});
  });

  test('running and waiting', () => {
    expect(map(busy)).toMatchObject({runningRequests: 3, waitingRequests: 2});
  });

  test('what it does not expose is absent with the reason', () => {
    const mapped = map(busy);
    for (const reading of [
      mapped.kvUsageRatio,
      mapped.timeToFirstTokenSeconds,
      mapped.finishedRequestsTotal,
      mapped.draftTokensTotal,
      mapped.preemptionsTotal,
    ]) {
      expect(reading).toEqual({absent: expect.stringContaining('llama-server')});
    }
  });

  test('older servers have no cached tokens, and expose how full their cache is', () => {
    const old = map('llamacpp:prompt_tokens_total 9\nllamacpp:kv_cache_usage_ratio 0.25\n');
    expect(old).toMatchObject({promptTokensTotal: 9, kvUsageRatio: 0.25});
    expect(old.cachedPromptTokensTotal).toHaveProperty('absent');
  });
});
