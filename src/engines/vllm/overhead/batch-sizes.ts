import type {CardMemory} from '../../../domain/memory/cards.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {isVersionAtLeast} from '../../launch/engine-version.ts';
import type {MemoryArguments} from '../memory-arguments.ts';

/** The sizes of the batch that vLLM measures its memory with before it has a KV cache. */
export type BatchSizes = {
  /** `--max-num-seqs`: requests that it samples for at the same time. */
  readonly requests: number;
  /** Neither the settings nor the arguments name the requests. */
  readonly isRequestsDefault: boolean;
  /** `--max-num-batched-tokens`: tokens of one forward pass. */
  readonly tokens: number;
};

/** By version and GPU, as in vLLM's `get_batch_defaults`, for its API server. */
export function batchSizes(
  {maxRunningRequests, contextLengthTokens}: LaunchSettings,
  {batchedTokens, runningRequests, isThroughputMode}: MemoryArguments,
  card: CardMemory,
  version: string,
): BatchSizes {
  const factor = isThroughputMode ? 2 : 1;
  const tokens = batchedTokens ?? defaultTokens(card, version, contextLengthTokens) * factor;
  const given = runningRequests ?? maxRunningRequests;
  const requests = given ?? defaultRequests(card, version) * factor;
  return {requests: Math.min(requests, tokens), isRequestsDefault: given === null, tokens};
}

function defaultRequests(card: CardMemory, version: string): number {
  return isLarge(card) && isVersionAtLeast(version, [0, 9]) ? 1024 : 256;
}

function defaultTokens(card: CardMemory, version: string, contextLengthTokens: number): number {
  // The first engine prefills in one piece, and long contexts alone in chunks.
  if (!isVersionAtLeast(version, [0, 8]))
    return contextLengthTokens > 32_768 ? 2048 : Math.max(contextLengthTokens, 2048);
  if (isLarge(card) && card.nvmlBytes >= 160 * BYTES_PER_GIB && isVersionAtLeast(version, [0, 28])) return 16_384;
  return isLarge(card) ? 8192 : 2048;
}

/**
 * 70 GiB and more, except an A100: vLLM looks for that in the name, and so an A800 is large. Of unified memory NVML tells no
 * size, which vLLM takes for a small GPU; since 0.33 it also says so itself.
 */
function isLarge({nvmlBytes, name, isUnified}: CardMemory): boolean {
  return !isUnified && nvmlBytes >= 70 * BYTES_PER_GIB && !/a100/i.test(name);
}
