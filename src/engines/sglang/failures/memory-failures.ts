import type {Failure, FailureDetails} from '../../log/failure-catalog.ts';
import {
  cudaOutOfMemoryPattern,
  exhaustedCard,
  otherOutOfMemoryPattern,
  outOfMemoryFacts,
  outOfMemoryMessage,
} from '../../torch/out-of-memory.ts';
import {gpuSubject} from '../../torch/rank.ts';
import {outOfMemory, outOfMemoryCapturing, outOfMemoryCode} from './out-of-memory.ts';

/** Above this fraction SGLang's activations and CUDA graphs have no room (`sglangMemory.highestFraction`). */
const HIGHEST_FRACTION = 0.94;
const MORE_CARDS = 'use more GPUs or a smaller format, and check gantry gpus for other processes';

/** A GPU, or the KV cache on it, is too small. In order of precedence. */
export const memoryFailures: readonly Failure[] = [
  {
    // Before version 0.5 only the last part is logged; nothing fails, requests are recomputed.
    code: 'kv-cache-full',
    curedBy: 'arguments',
    words: 'KV cache pool is full. Retract requests. #retracted_reqs: 3',
    severity: 'warning',
    pattern:
      /(?:KV cache pool is full\. Retract requests\.|Decode out of memory happened\.)(?:.*?#retracted_reqs: (\d+))?/,
    details: (match) => ({
      message: `The KV cache is full: ${match[1] === undefined ? 'requests were' : match[1] === '1' ? 'one request was' : `${match[1]} requests were`} preempted and will be recomputed.`,
      remedy: 'Harmless if rare. If frequent, lower the running requests, shorten the context, or use an FP8 KV cache.',
    }),
  },
  {
    code: 'no-kv-cache-memory',
    curedBy: 'gpus',
    words:
      'Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.6. Raise --mem-fraction-static above 0.755',
    pattern:
      /Loaded weights leave no GPU memory for the KV cache(?: under --mem-fraction-static=([\d.]+?)\.?(?:\s|$))?(?:.*?[Rr]aise --mem-fraction-static above (\d+(?:\.\d+)?))?/,
    details: (match, {facts}) =>
      higherFraction(
        'With this memory fraction, the weights leave no memory for the KV cache',
        numberOf(match[1]) ?? facts.memoryFraction ?? null,
        numberOf(match[2]),
      ),
  },
  {
    code: 'no-kv-cache-memory',
    curedBy: 'gpus',
    words: 'Not enough memory. Please try to increase --mem-fraction-static.',
    pattern:
      /Not enough memory\. Please try to increase --mem-fraction-static(?:.*?mem_fraction_static=(\d+(?:\.\d+)?))?/,
    details: (match, {facts}) =>
      higherFraction(
        'With this memory fraction, the weights leave no memory for the KV cache',
        numberOf(match[1]) ?? facts.memoryFraction ?? null,
        null,
      ),
  },
  {
    code: 'no-kv-cache-memory',
    curedBy: 'gpus',
    words: 'max_total_tokens=131072 is larger than the profiled value -561981. Use the profiled value instead.',
    pattern: /is larger than the profiled value -\d+/,
    details: (_, {facts}) =>
      higherFraction(
        'With this memory fraction, the weights leave less than nothing for the KV cache',
        facts.memoryFraction ?? null,
        null,
      ),
  },
  {
    code: 'out-of-memory-capturing',
    curedBy: 'arguments',
    words: 'Capture cuda graph failed: CUDA out of memory.',
    isPrecise: true,
    pattern: /Capture (?:\w+ ){0,3}(?:cuda|CUDA|device) graph failed: .{0,800}out of memory/i,
    details: (_, context) => outOfMemoryCapturing('A GPU ran out of memory for CUDA graphs', context),
  },
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words:
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 384.00 MiB. GPU 0 has a total capacity of 139.81 GiB of which 338.75 MiB is free.',
    codeAt: outOfMemoryCode,
    pattern: cudaOutOfMemoryPattern,
    facts: outOfMemoryFacts,
    details: (match, context) => outOfMemory(outOfMemoryMessage(match), context, exhaustedCard(match)),
  },
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words: 'CUDA error: out of memory',
    codeAt: outOfMemoryCode,
    pattern: otherOutOfMemoryPattern,
    details: (match, context) => outOfMemory(`${gpuSubject(match)} ran out of memory`, context),
  },
  {
    // With the check disabled this is only a log line; otherwise it ends the start.
    code: 'memory-unbalanced',
    curedBy: 'other-programs',
    words: '[2026-10-04 02:14:55 TP0] The memory capacity is unbalanced.',
    severity: 'warning',
    isLasting: true,
    pattern: /\] The memory capacity is unbalanced/,
    details: unbalanced,
  },
  {
    code: 'memory-unbalanced',
    curedBy: 'other-programs',
    words: 'ValueError: The memory capacity is unbalanced. Some GPUs may be occupied by other processes.',
    pattern: /The memory capacity is unbalanced/,
    details: unbalanced,
  },
  {
    code: 'too-many-requests',
    curedBy: 'arguments',
    words: 'RuntimeError: alloc_req_slots runs out of memory.',
    pattern: /alloc_req_slots runs out of memory/,
    details: () => ({
      message: 'More requests ran concurrently than SGLang had allocated for.',
      remedy: 'Restart with fewer running requests.',
    }),
  },
  {
    code: 'kv-cache-exhausted',
    curedBy: 'installation',
    words: 'Prefill out of memory. Try to lower your batch size.',
    pattern: /(Prefill|Decode|Verify) out of memory\. Try to lower your batch size/,
    details: (match) => ({
      message: `The KV cache had no room for a batch in ${match[1] === 'Prefill' ? 'prefill' : 'decoding'}, although SGLang's count said it had.`,
      remedy: 'Restart with fewer running requests or a smaller --chunked-prefill-size, and check for a newer SGLang.',
    }),
  },
  {
    // Where it is not strict, a warning, which older releases print without the name of the pool.
    code: 'pool-bookkeeping',
    curedBy: 'installation',
    severity: 'warning',
    words: 'UserWarning: token_to_kv_pool_allocator memory leak detected! available_size=961586, protected_size=0',
    pattern: /Warning: .{0,200}pool\w{0,20} memory leak detected|^KV cache pool leak detected/,
    details: () => ({
      message: `${MISCOUNTED} It continues, with less of the cache than it has.`,
      remedy: 'If it happens again and again, the cache fills up: restart, and use another release of SGLang.',
    }),
  },
  {
    code: 'pool-bookkeeping',
    curedBy: 'installation',
    words: 'ValueError: token_to_kv_pool_allocator memory leak detected! available_size=644, evictable_size=269628',
    pattern: /\b(?:\w{1,40}_)?pool(?:_allocator)? memory leak detected|KV double free: sub-pool/,
    details: () => ({
      message: `${MISCOUNTED} It ends itself.`,
      remedy:
        'Restart. It is a fault of this release, not a lack of memory, and less load or another memory fraction does not help: use another release, and until then leave out one of speculative decoding, a page size above 1 and the hierarchical cache. SGLANG_ENABLE_STRICT_MEM_CHECK_DURING_IDLE=0 in newer releases only warns: the cache then shrinks until a restart.',
    }),
  },
  {
    code: 'host-memory',
    curedBy: 'arguments',
    words: 'Not enough host memory available. Requesting 120.50 GB but only have 64.25 GB free.',
    pattern: /Not enough host memory available\. Requesting ([\d.]+) GB but only have ([\d.]+) GB free/,
    details: (match) => ({
      message: `The cache in host memory needs ${match[1]} GB, and ${match[2]} GB are free.`,
      remedy: 'Lower --hicache-size or --hicache-ratio in engine.extraArguments.',
    }),
  },
];

const MISCOUNTED =
  'When it had nothing to do, SGLang found that its count of the KV cache, or of requests, does not add up: places were lost.';

/**
 * The fraction must be raised, the opposite of other out-of-memory errors. SGLang may print the minimum, which
 * leaves an empty pool: the fix is the next hundredth above it.
 */
function higherFraction(cause: string, present: number | null, least: number | null): FailureDetails {
  const message = present === null ? `${cause}.` : `${cause} (${present}).`;
  const wanted = least === null ? withMore(present) : (Math.floor(least * 100 + 1e-9) + 1) / 100;
  if (wanted === null || wanted > HIGHEST_FRACTION || (present !== null && wanted <= present)) {
    return {
      message,
      remedy: `Lowering the memory fraction makes this worse, and raising it does not help here. Instead, ${MORE_CARDS}.`,
    };
  }
  const why = least === null ? '' : ` (SGLang's minimum, ${least}, leaves the cache empty)`;
  return {
    message,
    remedy: `Raise the memory fraction to ${wanted} or more${why}; lowering it makes this worse. Otherwise ${MORE_CARDS}.`,
    settingsChange: {memoryFraction: wanted},
  };
}

/** When SGLang does not report how much is missing: a step large enough to justify a restart. */
function withMore(present: number | null): number | null {
  if (present === null || present >= HIGHEST_FRACTION) return null;
  return Math.min(HIGHEST_FRACTION, Math.round((present + 0.05) * 100) / 100);
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

function unbalanced(): FailureDetails {
  return {
    message: 'Some GPUs have less free memory than others: another process is using them.',
    remedy: 'End that process (see gantry gpus), or wait until a stopped run has released its GPU memory.',
  };
}
