import {describe, expect, test} from 'vitest';
import {readSlotUsage} from '../../../src/engines/llamacpp/slot-usage.ts';

const settings = {contextLengthTokens: 4_000};
const idle = {id: 0, n_ctx: 4_096, speculative: false, is_processing: false};

describe('the use of the KV cache in /slots', () => {
  test('running requests count with their prompt and what they have generated; the context is padded to 256', () => {
    const generating = {...idle, is_processing: true, n_prompt_tokens: 312, n_prompt_tokens_processed: 301};
    const next = {n_prompt_tokens_cache: 0, next_token: [{has_next_token: true, n_decoded: 11}]};
    expect(readSlotUsage([idle, {...generating, ...next}], settings)).toBeCloseTo(312 / 4_096);
  });

  test('a build that counts only the prompt of a task: what is generated is added', () => {
    const slot = {...idle, is_processing: true, n_prompt_tokens: 301, n_prompt_tokens_processed: 200};
    const next = {n_prompt_tokens_cache: 101, next_token: {n_decoded: 11}};
    expect(readSlotUsage([{...slot, ...next}], settings)).toBeCloseTo(312 / 4_096);
  });

  test('what an idle slot keeps of its last request is not in use', () => {
    expect(readSlotUsage([{...idle, id_task: 3, n_prompt_tokens: 4_000}, idle], settings)).toBe(0);
  });

  test('slots with a part of the cache each: the parts sum up to the context', () => {
    const part = {...idle, n_ctx: 1_024};
    const busy = {...part, is_processing: true, n_prompt_tokens: 1_024};
    expect(readSlotUsage([busy, part, part, part], {contextLengthTokens: 4_096})).toBe(0.25);
  });

  test.each([
    ['no slots', []],
    ['an error', {error: {code: 501}}],
    ['negative counts', [{...idle, n_prompt_tokens: -1}]],
    ['a running slot of a build without counts', [{...idle, is_processing: true, prompt: 'hello'}]],
    ['slots without a context', [{...idle, n_ctx: 0}]],
  ])('%s is no use of zero', (_, page) => {
    expect(readSlotUsage(page, settings)).toEqual({absent: expect.stringContaining('/slots')});
  });

  test('never above everything', () => {
    expect(readSlotUsage([{...idle, is_processing: true, n_prompt_tokens: 9_000}], settings)).toBe(1);
  });
});
