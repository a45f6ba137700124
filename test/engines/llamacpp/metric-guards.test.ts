import {describe, expect, test} from 'vitest';
import type {MappedMetrics} from '../../../src/engines/engine.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

function map(...lines: readonly string[]): MappedMetrics {
  const families = parseExposition(`${lines.join('\n')}\n`);
  if (!families.ok) throw new Error(families.error.message);
  return llamacpp.mapMetrics(families.value);
}

describe('each quantity of llama-server comes from its own series', () => {
  test.each<[string, readonly (keyof MappedMetrics)[]]>([
    ['prompt_tokens_total', ['promptTokensTotal', 'livePromptTokensTotal', 'prefixCacheQueryTokensTotal']],
    [
      'prompt_tokens_cached_total',
      ['cachedPromptTokensTotal', 'liveCachedPromptTokensTotal', 'prefixCacheHitTokensTotal'],
    ],
    ['tokens_predicted_total', ['generationTokensTotal']],
    ['n_decode_total', ['iterationsTotal', 'progressTotal']],
    ['spec_decode_num_drafts_total', ['draftsTotal']],
    ['spec_decode_num_draft_tokens_total', ['draftTokensTotal']],
    ['spec_decode_num_accepted_tokens_total', ['acceptedDraftTokensTotal']],
    ['requests_processing', ['runningRequests']],
    ['requests_deferred', ['waitingRequests']],
    ['kv_cache_usage_ratio', ['kvUsageRatio']],
  ])('%s', (name, readings) => {
    const {tokenSeries: _, ...metrics} = map(`llamacpp:${name} 7`);
    const present = Object.entries(metrics).flatMap(([key, reading]) => (isAbsent(reading) ? [] : [[key, reading]]));
    expect(Object.fromEntries(present)).toEqual(Object.fromEntries(readings.map((reading) => [reading, 7])));
  });
});

describe('a value without information', () => {
  test.each([
    ['spec_decode_num_drafts_total', 'draftsTotal'],
    ['spec_decode_num_draft_tokens_total', 'draftTokensTotal'],
    ['spec_decode_num_accepted_tokens_total', 'acceptedDraftTokensTotal'],
  ] as const)('%s is absent at 0 and without the series, and present at 1', (name, reading) => {
    expect(isAbsent(map(`llamacpp:${name} 0`)[reading])).toBe(true);
    expect(isAbsent(map('llamacpp:n_decode_total 1')[reading])).toBe(true);
    expect(map(`llamacpp:${name} 1`)[reading]).toBe(1);
  });

  test('an idle server counts 0, which is a value', () => {
    const idle = map(
      'llamacpp:requests_processing 0',
      'llamacpp:requests_deferred 0',
      'llamacpp:kv_cache_usage_ratio 0',
    );
    expect(idle).toMatchObject({runningRequests: 0, waitingRequests: 0, kvUsageRatio: 0});
  });

  test('0 cached tokens are counted with the computed ones', () => {
    const metrics = map('llamacpp:prompt_tokens_total 9', 'llamacpp:prompt_tokens_cached_total 0');
    expect(metrics).toMatchObject({promptTokensTotal: 9, cachedPromptTokensTotal: 0, prefixCacheHitTokensTotal: 0});
  });

  test('cached tokens alone are not the prompt tokens', () => {
    expect(isAbsent(map('llamacpp:prompt_tokens_cached_total 5').promptTokensTotal)).toBe(true);
  });
});

describe('tokens of unfinished requests', () => {
  const steps = 'llamacpp:n_decode_total 809';
  const slots = 'llamacpp:n_busy_slots_per_decode 2.97651';

  test('are the busy slots of all steps, as an integer', () => {
    expect(map(steps, slots).liveGenerationTokensTotal).toBe(2_408);
  });

  test('are unknown if either series is missing', () => {
    expect(isAbsent(map(steps).liveGenerationTokensTotal)).toBe(true);
    expect(isAbsent(map(slots).liveGenerationTokensTotal)).toBe(true);
  });
});

test('names with underscores, as some collectors store them, are read too', () => {
  expect(map('llamacpp_requests_processing 3').runningRequests).toBe(3);
});
