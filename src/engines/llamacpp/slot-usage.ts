import {z} from 'zod';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import {CELL_PADDING_TOKENS} from './memory.ts';

const count = z.number().int().nonnegative();

/** One slot of /slots: without token counts before its first task, and in builds before the end of 2025. */
const slotSchema = z.object({
  n_ctx: count,
  is_processing: z.boolean(),
  n_prompt_tokens: count.optional(),
  n_prompt_tokens_processed: count.optional(),
  n_prompt_tokens_cache: count.optional(),
  next_token: z.union([z.object({n_decoded: count}), z.array(z.object({n_decoded: count}))]).optional(),
});
type Slot = z.infer<typeof slotSchema>;

/**
 * The fraction of the KV cache that running requests use, from llama-server's /slots. What an idle slot keeps of its last
 * request is given up for a new one, so it is not in use. All slots share the cache (`--kv-unified`), or have a part each:
 * then theirs sum up to the context.
 */
export function readSlotUsage(
  page: unknown,
  {contextLengthTokens}: Pick<LaunchSettings, 'contextLengthTokens'>,
): Reading<number> {
  const slots = z.array(slotSchema).min(1).safeParse(page).data;
  if (slots === undefined) return absent('/slots of this llama-server has another format');
  const used = slots.filter(({is_processing}) => is_processing).map(usedTokens);
  if (used.some((tokens) => tokens === null)) return absent('/slots of this llama-server has no token counts');
  const usedSum = used.reduce<number>((sum, tokens) => sum + (tokens ?? 0), 0);
  const ofSlots = slots.reduce((sum, {n_ctx}) => sum + n_ctx, 0);
  const capacity = Math.min(ofSlots, Math.ceil(contextLengthTokens / CELL_PADDING_TOKENS) * CELL_PADDING_TOKENS);
  return capacity > 0 ? Math.min(1, usedSum / capacity) : absent('/slots of this llama-server has no context size');
}

/**
 * Some builds count only the prompt of the task as `n_prompt_tokens`, others everything that is in the slot; before the
 * prompt is read, all of it.
 */
function usedTokens({n_prompt_tokens, n_prompt_tokens_processed = 0, n_prompt_tokens_cache = 0, next_token}: Slot) {
  if (n_prompt_tokens === undefined) return null;
  const next = Array.isArray(next_token) ? next_token[0] : next_token;
  return Math.max(n_prompt_tokens, n_prompt_tokens_processed + n_prompt_tokens_cache + (next?.n_decoded ?? 0));
}
